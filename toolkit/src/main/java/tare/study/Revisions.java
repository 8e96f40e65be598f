package tare.study;

import java.util.List;

/**
 * Identifies the contents of a study's inputs. Asking for an input that cannot be used is an error.
 */
public interface Revisions {

  /** Identifies nothing. Use it for counting trials, not for running them. */
  Revisions NONE =
      new Revisions() {
        @Override
        public String ofModel(String model) {
          return "";
        }

        @Override
        public String ofCorpus(String corpus) {
          return "";
        }

        @Override
        public String ofTask(TaskPlan task) {
          return "";
        }

        @Override
        public String ofReferences(List<String> tasks) {
          return "";
        }
      };

  /** SHA-256 of a model's weights. */
  String ofModel(String model);

  /** SHA-256 of a corpus. */
  String ofCorpus(String corpus);

  /** Version of a task. */
  String ofTask(TaskPlan task);

  /** Identifies the reference items of tasks, in order. */
  String ofReferences(List<String> tasks);
}
