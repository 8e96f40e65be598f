package tare.evaluate;

/**
 * The windows of a text that a model is asked for, as in {@link LanguageModel#windows}.
 *
 * @param text the text
 * @param window tokens per window
 * @param windows largest number of windows, counted from the start of the text
 */
record TextWindows(String text, int window, int windows) {}
