package tare.jinja;

import java.util.List;

/** What a template knows of a loop: its {@code loop} variable. */
final class Loop implements Values.Attributes {

  private final List<Object> elements;
  private final Budget budget;
  private int index = -1;
  private List<Object> changed;

  Loop(List<Object> elements, Budget budget) {
    this.elements = elements;
    this.budget = budget;
  }

  /** Goes on to the next element. */
  void step() {
    index++;
  }

  @Override
  public Object attribute(String name) {
    long length = elements.size();
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> length - index;
      case "revindex0" -> length - index - 1;
      case "first" -> index == 0;
      case "last" -> index == length - 1;
      case "length" -> length;
      case "depth" -> 1L; // it counts recursive loops only
      case "depth0" -> 0L;
      case "previtem" -> element(index - 1);
      case "nextitem" -> element(index + 1);
      case "cycle" ->
          (JinjaFunction)
              given -> {
                if (given.positional().isEmpty()) {
                  throw new JinjaException("cycle needs values");
                }
                return given.positional().get(index % given.positional().size());
              };
      case "changed" ->
          (JinjaFunction)
              given -> {
                boolean same = changed != null && Values.equal(changed, given.positional(), budget);
                changed = given.positional();
                return !same;
              };
      default -> new Values.Undefined("the loop has no " + name);
    };
  }

  private Object element(int at) {
    return at >= 0 && at < elements.size()
        ? elements.get(at)
        : new Values.Undefined("there is no such element");
  }
}
