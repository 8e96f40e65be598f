/**
 * Writes conversations as text, and finds their turns in it. Begin with {@link tare.chat.ChatText}.
 */
package tare.chat;
