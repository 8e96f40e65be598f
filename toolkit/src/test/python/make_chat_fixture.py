"""Writes what transformers makes of conversations with chat templates that use what the templates of models use.

    pip install transformers jinja2
    python toolkit/src/test/python/make_chat_fixture.py

Writes toolkit/src/test/resources/chat/expected.json: a list of {name, template, messages, answer_follows} with text (what
is rendered, or null where the template refuses) and refused (its message, or null). The day is 2026-11-24, bos_token is <s>
and eos_token </s>.
"""

import datetime
import json
from pathlib import Path

import jinja2
from transformers.utils.chat_template_utils import render_jinja_template

FILE = Path(__file__).resolve().parents[1] / "resources" / "chat" / "expected.json"
DAY = datetime.date(2026, 11, 24)

TEMPLATES = {
    "one line": "{% for message in messages %}{{ '[' + message['role'] + ']\n' + message['content'] + '[end]\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '[assistant]\n' }}{% endif %}\n",
    "a system turn of its own": """{%- if messages[0]['role'] == 'system' %}
    {{- '[system]\\n' + messages[0]['content'] + '[end]\\n' }}
{%- else %}
    {{- '[system]\\nBe of help.[end]\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '[' + message.role + ']\\n' + message.content + '[end]' + '\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '[user]' }}
        {%- endif %}
        {{- '\\n(' ~ message.content ~ ')' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '[assistant]\\n' }}
{%- endif %}
""",
    "with the day": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y, a %A of %B") %}
    {%- else %}
        {%- set date_string = "unknown" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system's turn; it doesn't come again below. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "[system]\\n\\n" }}
{%- if tools is not none %}
    {{- "with tools\\n" }}
{%- endif %}
{{- "Today: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "[end]" }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '[' + message['role'] + ']\\n\\n'+ message['content'] | trim + '[end]' }}
    {%- elif 'tool_calls' in message %}
        {{- raise_exception("no tools!") }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '[assistant]\\n\\n' }}
{%- endif %}
""",
    "strictly in turn": "{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}{% set rule = messages[0]['content'] %}"
    "{% else %}{% set turns = messages %}{% set rule = false %}{% endif %}{% for message in turns %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Turns must alternate, not ' ~ message['role']) }}"
    "{% endif %}{% if loop.index0 == 0 and rule != false %}{% set content = '<<' + rule + '>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}"
    "{{ bos_token + '[I] ' + content.strip() + ' [/I]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "lines, macro, namespace, JSON": """{%- set ns = namespace(turns=0, last='') %}
{%- macro turn(role, text) %}
<{{ role|upper }}>{{ text }}
{% endmacro %}
{%- for message in messages %}
    {%- set ns.turns = ns.turns + 1 %}
    {%- set ns.last = message.role %}
    {{- turn(message.role, message.content | trim) }}
    {%- if not loop.last and messages[loop.index0 + 1].role == message.role %}(again){% endif %}
{%- endfor %}
  {% if ns.turns > 1 %}
[{{ ns.turns }} turns, {{ messages[-1] | tojson }}, {{ messages[:2] | tojson(indent=4) }}, {{ 'x' if eos_token is defined else 'y' }}]
  {% endif %}
{%- if add_generation_prompt and ns.last != 'assistant' %}
<ASSISTANT>
{%- endif %}
""",
}

TALKS = [
    [("user", "  Is <b>\"it\"</b> & 'they' {{ x }} {% y %}?\n\n")],
    [("system", " Be brief."), ("user", "Grüß dich — 日本"), ("assistant", " ok\n"), ("user", "\\frac{2}{1}?")],
    [("assistant", "I begin.")],
    [("user", "a"), ("user", "b")],
]


def rendered(template: str, messages: list, answer_follows: bool) -> dict:
    try:
        texts, _ = render_jinja_template(
            [messages],
            chat_template=template,
            add_generation_prompt=answer_follows,
            bos_token="<s>",
            eos_token="</s>",
            strftime_now=DAY.strftime,
        )
        return {"text": texts[0], "refused": None}
    except jinja2.exceptions.TemplateError as error:
        return {"text": None, "refused": str(error)}


def main() -> None:
    cases = []
    for name, template in TEMPLATES.items():
        for talk in TALKS:
            messages = [{"role": role, "content": content} for role, content in talk]
            for answer_follows in (False, True):
                case = {"name": name, "template": template, "messages": messages, "answer_follows": answer_follows}
                cases.append(case | rendered(template, messages, answer_follows))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(len(cases), "cases,", sum(case["text"] is None for case in cases), "refused")


if __name__ == "__main__":
    main()
