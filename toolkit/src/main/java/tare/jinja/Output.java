package tare.jinja;

/** Text that grows within the limits of a rendering. */
final class Output {

  private final StringBuilder text = new StringBuilder();
  private final Budget budget;

  Output(Budget budget) {
    this.budget = budget;
  }

  Output add(String more) {
    budget.take(more.length());
    if (text.length() + more.length() > budget.longest()) {
      throw new JinjaException("a text exceeds " + budget.longest() + " characters");
    }
    text.append(more);
    return this;
  }

  Output add(char more) {
    return add(String.valueOf(more));
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
