package tare.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a template of an unknown origin can do: little, and not for long. */
@Timeout(60)
class JinjaTemplateTest {

  private static final Limits SMALL = new Limits(Duration.ofMillis(300), 100_000, 20);
  private static final Map<String, Object> GIVEN =
      Map.of("text", "a", "list", List.of(1, 2), "map", Map.of("key", "value"));

  private static String rendered(String template) {
    return JinjaTemplate.of(template).render(GIVEN, SMALL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = range(99999)|sum %}{% endfor %}",
        "{% macro m() %}{% for i in range(9) %}{{ m() }}{% endfor %}{% endmacro %}{{ m() }}"
      })
  void endlessWorkEndsAtATimeOrDepth(String template) {
    long start = System.nanoTime();
    assertThatThrownBy(() -> rendered(template)).isInstanceOf(JinjaException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'x' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 'x' * 9223372036854775807 }}",
        "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set x = 'a' * 9999 %}{{ x.replace('a', x) }}",
        "{% set x = 'a' * 9999 %}{{ x.join(x) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{% for i in range(99999) %}a long line of text{% endfor %}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ range(1000000000) }}"
      })
  void largeValuesAreRefusedBeforeTheyAreMade(String template) {
    assertThatThrownBy(() -> rendered(template)).isInstanceOf(JinjaException.class);
  }

  @Test
  void deepNestingIsRefused() {
    List.of(
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
            "{{ " + "not ".repeat(100_000) + "1 }}",
            "{{ " + "-".repeat(100_000) + "1 }}",
            "{{ " + "[".repeat(100_000) + " }}",
            "{{ x" + ".a".repeat(100_000) + " }}",
            "{{ 'x'" + "|upper".repeat(100_000) + " }}",
            "{{ 1" + " if 1 else 1".repeat(100_000) + " }}",
            "{% if 1 %}".repeat(100_000),
            "{% if 0 %}" + "{% elif 0 %}".repeat(100_000) + "{% endif %}",
            "{% set ns = namespace(x=1) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")
        .forEach(
            template ->
                assertThatThrownBy(() -> JinjaTemplate.of(template).render(GIVEN, Limits.USUAL))
                    .as(template.substring(0, 20))
                    .isInstanceOf(JinjaException.class));
    assertThat(rendered("{{ 1" + " + 1".repeat(10_000) + " }}")).isEqualTo("10001");
  }

  @Test
  void anInterruptEndsARendering() throws InterruptedException {
    JinjaTemplate endless =
        JinjaTemplate.of(
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}");
    Throwable[] seen = new Throwable[1];
    Limits minutes = new Limits(Duration.ofMinutes(5), 1_000_000, 20);
    Thread thread =
        new Thread(
            () -> {
              try {
                endless.render(GIVEN, minutes);
              } catch (JinjaException e) {
                seen[0] = e;
              }
            });
    thread.start();
    thread.interrupt();
    thread.join(10_000);
    assertThat(seen[0]).hasMessageContaining("interrupted");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% include 'file' %}",
        "{% import 'file' as f %}",
        "{% from 'file' import f %}",
        "{% extends 'file' %}"
      })
  void otherFilesAreOutOfReach(String template) {
    assertThatThrownBy(() -> rendered(template)).hasMessageContaining("another file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ text.getClass() }}",
        "{{ text.class.forName('java.lang.Runtime') }}",
        "{{ list.stream() }}",
        "{{ map.entrySet() }}",
        "{{ text['getBytes']() }}",
        "{{ text|attr('hashCode')() }}",
        "{{ text.__class__.__mro__ }}",
        "{{ range.getClass() }}",
        "{{ list.append(3) }}",
        "{{ map.update(a=1) }}"
      })
  void javaIsOutOfReachAndValuesStayAsTheyAre(String template) {
    assertThatThrownBy(() -> rendered(template)).isInstanceOf(JinjaException.class);
  }

  @Test
  void otherJavaObjectsCannotBeGiven() {
    JinjaTemplate template = JinjaTemplate.of("x");
    Map<String, Object> given = Map.of("path", Path.of("x"));
    assertThatThrownBy(() -> template.render(given, SMALL))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void failuresNameTheLine() {
    assertThatThrownBy(() -> rendered("a\n\n{{ 1 + 'x' }}")).hasMessageContaining("line 3");
    assertThatThrownBy(() -> rendered("a\n{% for %}")).hasMessageContaining("line 2");
    assertThatThrownBy(() -> rendered("a\n{{ 'open")).hasMessageContaining("line 2");
    assertThatThrownBy(() -> rendered("{% if 1 %}\n{{ none.x.y }}{% endif %}"))
        .hasMessageContaining("line 2");
  }
}
