package tare.jinja;

/** Says why a template cannot be read or rendered. */
public final class JinjaException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final boolean placed;

  /** Creates a reason to which the line of the template is added where it is known. */
  public JinjaException(String reason) {
    this(reason, false);
  }

  private JinjaException(String reason, boolean placed) {
    super(reason);
    this.placed = placed;
  }

  /** A template's own refusal, whose text is passed on as it is. */
  public static JinjaException refusal(String reason) {
    return new JinjaException(reason, true);
  }

  JinjaException at(int line) {
    return placed ? this : new JinjaException("line " + line + ": " + getMessage(), true);
  }
}
