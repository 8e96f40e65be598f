/**
 * Studies: what is compared with what, trial by trial, and the files of results. The package stands
 * on all steps before it. Begin with {@link tare.study.Study}.
 */
package tare.study;
