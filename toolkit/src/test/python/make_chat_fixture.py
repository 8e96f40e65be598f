"""Writes what transformers makes of conversations with chat templates that use what the templates of models use.

    pip install transformers jinja2 gguf
    python toolkit/src/test/python/make_chat_fixture.py [FOLDER]

Writes toolkit/src/test/resources/chat/expected.json:
  templates  name to text. The templates are this project's own; the last four use what those of Qwen3, Llama 3.1, Mistral
             and DeepSeek use, in the same order
  talks      conversations: {messages, tools, variables}
  cases      {template, talk, answer_follows} with text (what is rendered, or null where it is refused) and refused (the
             template's own message, or null)
  pieces     short templates, rendered with the second conversation: {template, text, refused}
  official   of each published template in FOLDER (models/templates of llama.cpp, or GGUF files such as those of
             data/fetched/models): {file, sha256, texts}, where sha256 is that of the template, and texts are SHA-256 of
             what is rendered for each conversation, or null where it is refused. The templates themselves are other
             projects' work and are not copied here. Files that are not in FOLDER stay as they are
The day is 2026-11-24, bos_token is <s> and eos_token </s>.
"""

import datetime
import hashlib
import json
import sys
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
    "reasoning, as Qwen3's": """{%- if tools %}
    {{- '[system]\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "Functions, one \\"line\\" each:\\n<list>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</list>[end]\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '[system]\\n' + messages[0].content + '[end]\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(searching=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<result>') and message.content.endswith('</result>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '[' + message.role + ']\\n' + content + '[end]' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning = '' %}
        {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
            {%- set reasoning = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or (not loop.last and reasoning)) %}
            {{- '[' + message.role + ']\\n<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '[' + message.role + ']\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<call>{"name": "' ~ tool_call.name ~ '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}</call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '[end]\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '[user]' }}
        {%- endif %}
        {{- '\\n<result>\\n' }}
        {{- message.content }}
        {{- '\\n</result>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '[end]\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '[assistant]\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}""",
    "functions, as Llama 3.1's": """{{- bos_token }}
{%- if own_tools is defined %}
    {%- set tools = own_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- set date_string = strftime_now("%d %b %Y") %}
{%- endif %}

{#- The system's turn, "apart". #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "[system]\\n\\n" }}
{%- if ready is defined %}
    {{- "Ready: " + ready | reject('equalto', 'shell') | join(", ") + "\\n" }}
{%- endif %}
{{- "Day: " + date_string + "\\n\\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "[end]" }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("No turn to put the tools into!") }}
    {%- endif %}
    {{- '[user]\\n\\n' -}}
    {{- "These functions are there: " }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
    {{- first_user_message + "[end]"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '[' + message['role'] + ']\\n\\n'+ message['content'] | trim + '[end]' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("One call at a time!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {%- if ready is defined and tool_call.name in ready %}
            {{- '[assistant]\\n\\n' -}}
            {{- tool_call.name + "(" }}
            {%- for arg_name, arg_val in tool_call.arguments | items %}
                {{- arg_name ~ '="' ~ arg_val ~ '"' }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- endif %}
            {%- endfor %}
            {{- ")" }}
        {%- else  %}
            {{- '{"name": "' + tool_call.name + '", ' }}
            {{- '"parameters": ' }}
            {{- tool_call.arguments | tojson }}
            {{- "}" }}
        {%- endif %}
        {{- "[end]" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "[tool]\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "[end]" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '[assistant]\\n\\n' }}
{%- endif %}
""",
    "turns, as Mistral's": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

{#- Turns alternate, calls aside. #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("Turns must alternate!") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{%- set spoken = [] %}
{%- for message in loop_messages if message["role"] not in ["tool", "results"] and not message.get("tool_calls") %}
    {%- set spoken = spoken + [message] %}
{%- endfor %}
{{- bos_token ~ spoken|length }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}{{- ", " }}{%- else %}{{- "]" }}{%- endif %}
            {%- endfor %}
            {{- "[/TOOLS]" }}
            {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[I]" + system_message + "\\n\\n" + message["content"] + "[/I]" }}
        {%- else %}
            {{- "[I]" + message["content"] + "[/I]" }}
        {%- endif %}
    {%- elif (message.tool_calls is defined and message.tool_calls is not none) %}
        {{- "[CALLS][" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("An id has nine letters!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id[-9:] + '"}' }}
            {%- if not loop.last %}
                {{- ", " }}
            {%- else %}
                {{- "]" + eos_token }}
            {%- endif %}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- message["content"] + eos_token}}
    {%- elif message["role"] == "tool" %}
        {%- if message.content is defined and message.content.content is defined %}
            {%- set content = message.content.content %}
        {%- else %}
            {%- set content = message.content %}
        {%- endif %}
        {{- '[RESULTS]{"content": ' + content|string + ', "id": "' + message.tool_call_id + '"}[/RESULTS]' }}
    {%- else %}
        {{- raise_exception("Only user and assistant take turns!") }}
    {%- endif %}
{%- endfor %}
""",
    "namespaces, as DeepSeek's": """{% if not add_generation_prompt is defined -%}
  {%- set add_generation_prompt = false -%}
{%- endif -%}
{%- if not thinking is defined -%}
  {%- if enable_thinking is defined -%}
    {%- set thinking = enable_thinking -%}
    {%- else -%}
    {%- set thinking = false -%}
  {%- endif -%}
{%- endif -%}
{%- set ns = namespace(is_first=false, is_tool=false, system_prompt='', is_first_sp=true, is_last_user=false) -%}
{%- for message in messages -%}
  {%- if message['role'] == 'system' -%}
    {%- if ns.is_first_sp -%}
      {%- set ns.system_prompt = ns.system_prompt + message['content'] -%}
      {%- set ns.is_first_sp = false -%}
      {%- else -%}
      {%- set ns.system_prompt = ns.system_prompt + '

' + message['content'] -%}
    {%- endif -%}
  {%- endif -%}
{%- endfor -%}{{ bos_token }}{{ ns.system_prompt }}
{%- for message in messages -%}
  {%- if message['role'] == 'user' -%}
    {%- set ns.is_tool = false -%}
    {%- set ns.is_last_user = true -%}{{'<｜U｜>' + message['content']}}
  {%- endif -%}
  {%- if message['role'] == 'assistant' and message['tool_calls'] is defined and message['tool_calls'] is not none -%}
    {%- if ns.is_last_user -%}{{'<｜A｜></think>'}}
    {%- endif -%}
    {%- set ns.is_last_user = false -%}
    {%- set ns.is_first = false -%}
    {%- for tool in message['tool_calls'] -%}
      {%- if not ns.is_first -%}
        {%- if message['content'] is none -%}{{'<｜calls｜>'+ tool['function']['name'] + '<｜sep｜>' + tool['function']['arguments']|string + '<｜/call｜>'}}
          {%- else -%}{{message['content'] + '<｜calls｜>' + tool['function']['name'] + '<｜sep｜>' + tool['function']['arguments']|string + '<｜/call｜>'}}
        {%- endif -%}
        {%- set ns.is_first = true -%}
        {%- else -%}{{'\\n' + '<｜call｜>'+ tool['type'] + tool['function']['name'] + '<｜/call｜>'}}
      {%- endif -%}
    {%- endfor -%}{{'<｜/calls｜>'}}
  {%- endif -%}
  {%- if message['role'] == 'assistant' and (message['tool_calls'] is not defined or message['tool_calls'] is none) -%}
    {%- if ns.is_last_user -%}{{'<｜A｜>'}}
      {%- if message['prefix'] is defined and message['prefix'] and thinking -%}{{'<think>'}}
        {%- else -%}{{'</think>'}}
      {%- endif -%}
    {%- endif -%}
    {%- set ns.is_last_user = false -%}
    {%- if ns.is_tool -%}{{message['content'] + '<｜end｜>'}}
      {%- set ns.is_tool = false -%}
      {%- else -%}
      {%- set content = message['content'] -%}
      {%- if '</think>' in content -%}
        {%- set content = content.split('</think>', 1)[1] -%}
      {%- endif -%}{{content + '<｜end｜>'}}
    {%- endif -%}
  {%- endif -%}
  {%- if message['role'] == 'tool' -%}
    {%- set ns.is_last_user = false -%}
    {%- set ns.is_tool = true -%}{{'<｜out｜>' + message['content'] + '<｜/out｜>'}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt and ns.is_last_user and not ns.is_tool -%}{{'<｜A｜>'}}
  {%- if not thinking -%}{{'</think>'}}
    {%- else -%}{{'<think>'}}
  {%- endif -%}
{%- endif %}""",
}

OLDER = [name for name in TEMPLATES if ", as " not in name]


def call(name: str, arguments, id: str = "abc123def") -> dict:
    return {"type": "function", "id": id, "function": {"name": name, "arguments": arguments}}


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def system(text: str) -> dict:
    return {"role": "system", "content": text}


def assistant(text, **more) -> dict:
    return {"role": "assistant", "content": text, **more}


def result(text: str, id: str = "abc123def") -> dict:
    return {"role": "tool", "content": text, "tool_call_id": id, "name": "weigh"}


TOOLS = [
    {"type": "function", "function": {
        "name": "weigh", "description": "Weighs a sack \"in kg\" — ½ off", "parameters": {
            "type": "object", "required": ["sack"], "properties": {
                "sack": {"type": "string", "description": "Its mark"},
                "times": {"type": "integer", "default": 1, "enum": [1, 2]}}}}},
    {"type": "function", "function": {
        "name": "now", "description": "The time.", "parameters": {"type": "object", "properties": {}},
        "return": {"type": "string"}}},
]
THINKS = "<think>\nwhy\n</think>\n\ntwo"


def talk(*messages: dict, tools: bool = False, **variables) -> dict:
    return {"messages": list(messages), "tools": TOOLS if tools else [], "variables": variables}


# The first four are what the older templates are tried with.
TALKS = [
    talk(user("  Is <b>\"it\"</b> & 'they' {{ x }} {% y %}?\n\n")),
    talk(system(" Be brief."), user("Grüß dich — 日本"), assistant(" ok\n"), user("\\frac{2}{1}?")),
    talk(assistant("I begin.")),
    talk(user("a"), user("b")),
    talk(system("S"), user("one"), assistant(THINKS), user("three 🙂")),
    talk(user("one"), assistant(THINKS)),
    talk(user("q"), assistant("two", reasoning_content="\nbecause\n"), user("r"), assistant("x", reasoning_content="more")),
    talk(user("How heavy?"), tools=True),
    talk(system("Use tools."), user("How heavy?"),
         assistant("", tool_calls=[call("weigh", {"sack": "A", "times": 2, "deep": {"x": [1, 2.5, None, True]}})]),
         result('{"kg": 12}'), assistant("12 kg"), user("And B?"), tools=True),
    talk(user("How heavy?"), assistant(None, tool_calls=[call("weigh", '{"sack": "A"}')]), result("12"), tools=True),
    talk(system("S"), user("two"), assistant("Both:", tool_calls=[call("weigh", {"sack": "A"}), call("now", {}, "xyz987uvw")]),
         result("12"), result("13:00", "xyz987uvw"), assistant("done"), tools=True),
    talk(system("S"), user("one"), assistant("two"), user("three"), enable_thinking=False),
    talk(system("S"), user("one"), tools=True, enable_thinking=True, tools_in_user_message=False, date_string="1 May 2025",
         ready=["shell", "weigh"]),
    talk(user("How heavy?"), assistant("", tool_calls=[call("weigh", {"sack": "A", "times": 2})]), ready=["weigh"]),
    talk(user("<result>x</result>"), assistant("ok", prefix=True), user("again"), thinking=True),
]


# Python's rules in small: white space, scopes, operators, methods, filters, tests, failures.
PIECES = [
    '{{ messages[::-1][0].content }}',
    '{{ messages|length - 1 }}',
    "{{ 'a-b'.split('-')[-1] }}",
    "{{ 'a.b'.split('.')|length }}",
    "{{ 'xx'.startswith('x') }}",
    "{{ 'a\\n'.rstrip('\\n') }}",
    "{{ 'abc'.lstrip('a') }}",
    '{{ messages is iterable }}',
    '{{ none is defined }}',
    '{{ x is none }}',
    '{{ none }}',
    '{{ true }}',
    "{{ [1,'a',none,true] }}",
    "{{ {'a':1} }}",
    "{{ 'a' if x }}",
    '{{ 7 // 2 }}',
    '{{ 7 / 2 }}',
    '{{ -7 % 3 }}',
    '{{ 2 ** 3 }}',
    "{{ 'b' in 'abc' }}",
    "{{ ('a','b') }}",
    "{{ 'x' ~ 1 ~ true }}",
    "{{ 'ab'.upper().title() }}",
    "{{ 'a,b'.replace(',', ';') }}",
    "{{ 'abc'[1] }}",
    "{{ 'abc'[-2:] }}",
    "{{ 'abc'[::-1] }}",
    "{{ dict(a=1, b='x')|tojson }}",
    "{{ [3,1,2]|sort|join(',') }}",
    "{{ {'b':1,'a':2}|dictsort }}",
    "{{ [{'a':1},{'b':2}]|selectattr('a','defined')|list }}",
    "{{ [{'a':1},{'a':2}]|map(attribute='a')|list }}",
    "{{ ['a','b']|map('upper')|join }}",
    '{{ 1.0 }}',
    "{{ 10 > 9 and '10' < '9' }}",
    '{{ not none }}',
    '{{ x.y is defined }}',
    "{{ (x or 'd') }}",
    "{{ 'ab'|first }}",
    "{{ 'a'|default('z') }}",
    "{{ y|default('z') }}",
    "{{ ''|default('z', true) }}",
    '{{ range(3)|list }}',
    "{{ {'a':{'b':1}}.a.b }}",
    "{{ {'a':1}.get('b', 5) }}",
    "{{ {'items':1}['items'] }}",
    "{{ {'a':1}.items()|list }}",
    "{{ 'a b'|replace('a','c')|capitalize }}",
    "{{ 'x'|string is string }}",
    '{{ 1 is number }}',
    '{{ [1] is sequence }}',
    '{{ {} is mapping }}',
    "{{ 'ä'|tojson }}",
    "{{ '<'|tojson }}",
    "{{ 'a' == 1 }}",
    "{{ '5' == 5 }}",
    '{{ 0 == false }}',
    '{{ [] == [] }}',
    "{{ 'x' * 3 }}",
    '{{ [1] + [2] }}',
    "{{ 'a%sb' % 'c' }}",
    "{{ '{} {}'.format('a', 1) }}",
    "{{ 'a b c'.split(' ', 1) }}",
    "{{ ' a  b '.split() }}",
    "{{ 'abc'.find('c') }}",
    "{{ 'a'.join(['x','y']) }}",
    '{{ loop is defined }}',
    "{{ 'line1\\nline2'.splitlines()|length }}",
    "{{ 'a'|indent(2) }}",
    '{{ [1,2,3]|sum }}',
    '{{ [[1,2]]|first|last }}',
    "{{ messages|map(attribute='role')|unique|list }}",
    "{% for m in messages if m.role != 'user' %}{{ loop.length }}{{ m.role }}{% endfor %}",
    "{% for a, b in {'x':1,'y':2}.items() %}{{a}}{{b}}{% endfor %}",
    '{% set ns = namespace(n=1) %}{% for i in [1,2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}',
    '{% set x = 1 %}{% for i in [1,2] %}{% set x = x + i %}{% endfor %}{{ x }}',
    '{% for i in [1,2,3] %}{{ loop.previtem }}{{ loop.nextitem is defined }}{{ loop.revindex0 }}{% else %}e{% endfor %}',
    '{% for i in [] %}{% else %}e{% endfor %}',
    "{% macro f(a, b='z') %}{{a}}{{b}}{% endmacro %}{{ f('q') }}{{ f(b=1, a=2) }}",
    '{% set a, b = 1, 2 %}{{ a }}{{ b }}',
    '{% set t %}ab{{ 1 }}{% endset %}{{ t|upper }}',
    '{% if x is not defined and not y %}A{% elif 1 %}B{% endif %}',
    '{% for m in messages %}{% if loop.index == 1 %}{% continue %}{% endif %}{{ m.role }}{% break %}{% endfor %}',
    "{{ 'a' if messages|length > 1 else 'b' }}",
    '{% filter upper %}ab{% endfilter %}',
    '{% raw %}{{ x }}{% endraw %}',
    '{%- for m in messages -%} {{ m.role }} {% endfor -%}\n x',
    '  {% if true %}\nA\n  {% endif %}\nB\n',
    '{#- c -#} A {%+ if true %} B{% endif %}',
    '{{ [1,2,3][-1] }}{{ [1,2,3][0:2] }}',
    "{{ messages[-1]['content'] is string }}",
    "{{ [{'a':1}]|tojson(indent=2) }}",
    "{{ {'a':[]}|tojson(indent=2) }}",
    '{% call(x) f2() %}z{% endcall %}',
    "{{ 'x'.__class__ }}",
    '{% with a=1 %}{{ a }}{% endwith %}',
    '{{ \'a\' \'b\' "c" }}',
    "{{ '\\x41\\u00e9\\101\\q' }}",
    "{{ 'a\\\nb' }}",
    '{{ 1_000 + 0 }}',
    '{{ 1e3 }}{{ 1.5e-7 }}{{ 1e16 }}{{ 123456789.125 }}{{ 0.1 + 0.2 }}',
    '{{ -2 ** 2 }}{{ 2 ** -1 }}',
    '{{ 1 if 0 else 2 if 0 else 3 }}',
    '{{ 1 < 2 < 3 }}{{ 3 > 2 > 2 }}',
    '{{ not 1 == 2 }}',
    "{{ 'x' not in ['x'] }}{{ 2 not in [1] }}",
    "{{ {} or 'e' }}{{ [] and 1 }}",
    '{{ [1, [2, \'a"b\', "it\'s", "q\'\\""]] }}',
    "{{ 'é\\n\\t\\x07' }}{{ ['é\\n\\t\\x07\\u200b🙂'] }}",
    "{{ {'a': 1.0, 'b': none, 3: [true]}|tojson }}",
    "{{ {'b': 1, 'a': {'d': 2, 'c': 3}}|tojson(sort_keys=true, indent=2) }}",
    "{{ 'é<>&\\u0001'|tojson(ensure_ascii=true) }}{{ 'é<>&\\u0001'|tojson }}",
    "{{ [1, 2]|tojson(separators=(',', ':')) }}{{ {'a': [1]}|tojson(separators=(',', ':')) }}",
    "{{ 'abcdef'[1:5:2] }}{{ 'abcdef'[-1:-4:-1] }}{{ [1,2,3][5:] }}{{ 'abc'[::2] }}{{ (1,2,3)[:2] }}",
    "{{ '日本🙂x'[2] }}{{ '日本🙂x'|length }}{{ '日本🙂x'[::-1] }}{{ '🙂x'.find('x') }}",
    "{{ 'a\\r\\nb\\nc'.splitlines() }}",
    "{{ 'a--b--c'.rsplit('--', 1) }}{{ 'a-b'.partition('-') }}{{ 'ab'.rpartition('-') }}",
    "{{ 'xxabxx'.strip('x') }}|{{ ' \\u00a0a\\t'.strip() }}|{{ 'mississippi'.rstrip('ipz') }}",
    "{{ 'abc'.startswith(('x', 'a')) }}{{ 'abc'.removeprefix('a').removesuffix('c') }}",
    '{{ "they\'re bill\'s".title() }}{{ "they\'re bill\'s friends (x)"|title }}{{ \'aBC\'|capitalize }}',
    "{{ 'a.b.c'.replace('.', '', 1) }}{{ 'abc'.replace('', '-') }}{{ 'aaa'|replace('a', 'b', 2) }}",
    "{{ 'abcabc'.count('bc') }}{{ 'abc'.index('c') }}{{ '12'.isdigit() }}{{ ''.isdigit() }}{{ 'a1'.isalnum() }}{{ 'A'.isupper() }}",
    "{{ '%s and %d%%' % ('a', 2) }}{{ '{0}{1}{0} {n}'.format('a', 'b', n=3) }}{{ '%s'|format('q') }}",
    "{{ ' x '|trim }}|{{ 'xxax'|trim('x') }}|{{ none|trim }}",
    "{{ 'a\\nb\\n\\nc'|indent }}|{{ 'a\\nb'|indent(2, true) }}|{{ 'a\\n\\nb'|indent(width=1, blank=true) }}",
    "{{ [3,1,2]|sort(reverse=true) }}{{ ['b','A','c']|sort }}{{ [{'a':2},{'a':1}]|sort(attribute='a') }}",
    "{{ [1,2,3,4]|select('odd')|list }}{{ [1,2,3]|reject('gt', 1)|list }}{{ [0,1,'']|select|list }}",
    "{{ messages|selectattr('role', 'in', ['user'])|map(attribute='content')|join(', ') }}",
    "{{ messages|rejectattr('tool_calls', 'defined')|list|length }}",
    "{{ none|select('odd')|list }}{{ messages|map(attribute='x.y', default='d')|list }}",
    "{{ [1,2]|sum }}{{ [{'a':1},{'a':2}]|sum(attribute='a') }}{{ [[1],[2]]|sum(start=[]) }}",
    "{{ [1,3,2]|max }}{{ ['b','a']|min }}{{ [1,2]|last }}{{ []|first is defined }}",
    "{{ '3'|int + 1 }}{{ 'x'|int }}{{ 'x'|int(7) }}{{ 2.7|int }}{{ '2.5'|float }}{{ 2.5|round }}{{ 2.567|round(2) }}{{ -3|abs }}",
    "{{ 'a<b>'|escape }}{{ 'x' ~ ('<'|safe) ~ '<' }}{{ ('<'|e) + '<' }}",
    "{{ 'a b  c'|wordcount }}{{ [1,1,2]|unique|list }}{{ 'abc'|reverse }}{{ [1,2]|reverse|list }}{{ 'abc'|list }}",
    "{{ {'b':2,'a':1}|dictsort }}{{ {'b':1,'a':2}|dictsort(by='value') }}{{ {'a':1}|items|list }}",
    "{{ {'a':1}|length }}{{ {'a':1}.keys()|list }}{{ {'a':1}.values()|list }}{{ 'a' in {'a':1} }}",
    "{% for k in {'a':1,'b':2} %}{{ k }}{% endfor %}",
    "{% for c in 'añ🙂' %}[{{ c }}]{% endfor %}",
    '{% for a, b in [[1,2],[3,4]] %}{{ a + b }},{% endfor %}',
    "{% for i in [1,2,3] if i != 2 %}{{ loop.index }}/{{ loop.length }}{{ loop.cycle('a','b') }}{{ loop.last }};{% endfor %}",
    "{% for i in [1,2] %}{% for j in 'ab' %}{{ loop.index }}{{ loop.depth }}{% endfor %}{{ loop.index }}{% endfor %}",
    '{% for i in [1,1,2] %}{{ loop.changed(i) }}{% endfor %}',
    '{% for i in [] if i %}{% else %}none{% endfor %}{{ i is defined }}',
    '{% for i in [1,2,3,4] %}{% if i == 2 %}{% continue %}{% elif i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}',
    '{% set x %}a{% set y = 1 %}{% endset %}{{ x }}{{ y is defined }}',
    '{% set x | upper %}ab{% endset %}{{ x }}',
    '{% if true %}{% set z = 1 %}{% endif %}{{ z }}',
    '{% for i in [1] %}{% set z = 1 %}{% endfor %}{{ z is defined }}',
    '{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}',
    "{% macro m(a, b='x') %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, c=4) }}{{ m() }}",
    '{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}in{% endcall %}',
    "{% macro m() %}{{ caller('q') }}{% endmacro %}{% call(x) m() %}{{ x }}!{% endcall %}",
    '{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}',
    '{% macro m() %}{{ outer }}{% endmacro %}{% set outer = 5 %}{{ m() }}',
    '{% generation %}{% set g = 1 %}x{% endgeneration %}{{ g is defined }}',
    '{% set ns = namespace(a=1) %}{% set ns.b = ns.a + 1 %}{{ ns.b }}{{ ns.c is defined }}',
    "{% set a, b = 'xy' %}{{ b }}{{ a }}{% set t = 1, 2 %}{{ t }}",
    '{{ x.y }}',
    '{{ x() }}',
    "{{ messages[9] is defined }}{{ messages[0].none is defined }}{{ messages[0]['nine'] }}",
    '{{ messages[0].items()|list }}',
    "{{ {'items': 1, 'get': 2}['get'] }}{{ {'title': 'T'}.title }}",
    '{{ [].append(1) }}',
    '{% set l = [] %}{{ l.append(1) }}',
    '{{ dict(a=1).update(b=2) }}',
    "{{ 1 + '1' }}",
    "{{ 'a' + none }}",
    '{{ 1 / 0 }}',
    '{{ none.x }}',
    "{{ [1] < ['a'] }}",
    '{{ 5|length }}',
    "{{ 'x'|nosuch }}",
    '{{ 1 is nosuch }}',
    '{% nosuch %}',
    "{{ 'open }}",
    '{% if x %}',
    '{{ [1, 2 }}',
    '{{ range(2, 10, 3)|list }}{{ range(3, 0, -1)|list }}',
    "{{ true and 'yes' or 'no' }}{{ true + 1 }}{{ true == 1 }}",
    "{{ 'a' < 'b' }}{{ [1, 2] < [1, 3] }}{{ 'Z' < 'a' }}",
    "{{ 7 is odd }}{{ 8 is divisibleby 4 }}{{ 'a' is eq 'a' }}{{ 3 is gt(2) }}{{ none is sameas none }}{{ 'a' is in 'abc' }}",
    "{{ 'x' is string and 1 is not string }}{{ x is undefined }}{{ 1.5 is float }}{{ true is boolean }}{{ [1] is iterable }}{{ 1 is iterable }}",
    "{{ raise_exception('stop here') }}",
    'a{# c #}b{#- d -#} e',
    'a\n  {# c #}\nb\n',
    'a  \n  {%- if true -%}  b  {%- endif %}  \nc',
    '  {% if true %}x{% endif %}\n\n y',
    '{% if true +%}\nx{% endif %}',
    '  {%+ if true %}x{% endif %}',
    '{% raw -%}\n {{ a }} {%- endraw %}\nb',
    "x {{- ' y ' -}} z",
    '{{\n1\n}}\n\n',
    "a\r\nb\r{{ 'c\r\nd' }}",
    "{{ '}}' }}{{ {'a': {'b': '%}'}} }}",
    '{% set _ = namespace() %}{%if true%}a{%endif%}',
    "{{ strftime_now('%d %b %Y') }}{{ strftime_now is defined }}",
    "{{ joiner is defined }}{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}",
    "{{ 'a'.__class__.__mro__ }}",
    "{{ ''|attr('__class__') }}",
    '{{ messages.__len__ }}',
    "{% filter upper|replace('A', 'b') %}ca{% endfilter %}",
    '{{ tools }}{{ tools is none }}{{ documents is none }}',
    '{{ messages|tojson(indent=1) }}',
    '{{ 1,2 }}{{ (1,) }}{{ () }}{{ [1,] }}',
    "{{ 'ab'|first }}{{ 'ab'|last }}{{ {'k':1}|first }}",
    "{{ messages[1:]|map(attribute='role')|join('/') }}{{ [1,2]|join }}{{ [{'a':1}]|join(',', attribute='a') }}",
    "{{ 'A-B'|lower|replace('-', '_')|upper|string|length }}",
    "{{ 10 // 3 * 2 - 1 }}{{ 10 - 2 - 3 }}{{ 2 * 3 % 4 }}{{ 'a' ~ 1 + 1 }}{{ 5.0 // 2 }}{{ -5 // 2 }}{{ 5 % -3 }}{{ 5.5 % 2 }}",
]


def rendered(template: str, given: dict, answer_follows: bool) -> dict:
    try:
        texts, _ = render_jinja_template(
            [json.loads(json.dumps(given["messages"]))],
            chat_template=template,
            tools=given["tools"] or None,
            add_generation_prompt=answer_follows,
            bos_token="<s>",
            eos_token="</s>",
            strftime_now=DAY.strftime,
            **given["variables"],
        )
        return {"text": texts[0], "refused": None}
    except jinja2.exceptions.TemplateRuntimeError:  # a failure of the template
        return {"text": None, "refused": ""}
    except jinja2.exceptions.TemplateSyntaxError:
        return {"text": None, "refused": ""}
    except jinja2.exceptions.TemplateError as error:
        return {"text": None, "refused": str(error)}
    except (TypeError, ValueError, ArithmeticError):
        return {"text": None, "refused": ""}


def published(file: Path) -> str:
    if file.suffix == ".jinja":
        return file.read_bytes().decode("utf-8")
    from gguf import GGUFReader

    return GGUFReader(file).get_field("tokenizer.chat_template").contents()


def official(folder: Path) -> list[dict]:
    made = []
    for file in sorted([*folder.glob("*.jinja"), *folder.glob("*.gguf")]):
        template = published(file)
        texts = [rendered(template, given, True)["text"] for given in TALKS]
        hashes = [text and hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
        sha256 = hashlib.sha256(template.encode("utf-8")).hexdigest()
        made.append({"file": file.name, "sha256": sha256, "texts": hashes})
    return made


def main() -> None:
    cases = []
    for name, template in TEMPLATES.items():
        for i, given in enumerate(TALKS[:4] if name in OLDER else TALKS):
            for answer_follows in (False, True) if name in OLDER else (True,):
                case = {"template": name, "talk": i, "answer_follows": answer_follows}
                cases.append(case | rendered(template, given, answer_follows))
    pieces = [{"template": piece} | rendered(piece, TALKS[1], True) for piece in PIECES]
    known = {each["file"]: each for each in json.loads(FILE.read_text(encoding="utf-8"))["official"]}
    known |= {each["file"]: each for each in official(Path(sys.argv[1]))} if len(sys.argv) > 1 else {}
    rows = [known[file] for file in sorted(known)]
    parts = {"cases": cases, "pieces": pieces, "official": rows, "talks": TALKS}
    lines = [f'"templates": {json.dumps(TEMPLATES, ensure_ascii=False, indent=1)}']
    for name, rows in parts.items():  # one row a line
        rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        lines.append(f'"{name}": [\n{rows}\n]')
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    for name in ("cases", "pieces"):
        print(len(parts[name]), name + ",", sum(case["text"] is None for case in parts[name]), "refused")


if __name__ == "__main__":
    main()
