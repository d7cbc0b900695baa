"""What the models of the display's tests say."""

from __future__ import annotations

from tests.browser.attacks import ATTACK, FOREIGN

THINKER = """<think>
The question is about size. The candidates are Jupiter and Saturn, since the others are far smaller than these two.
Saturn has <b>rings</b>, and *that* is no size. By radius, by volume and by mass, one of them is clearly ahead of the
other, and no moon or dwarf planet comes anywhere near, so there is no need to look any further than this.
</think>

**Jupiter** is the largest planet: more than eleven times as wide as the Earth, and more than three hundred times as
heavy. Its mass is two and a half times that of every other planet together.
"""

FORMS = {
    "json": 'Here it is:\n\n```json\n{"planets": ["Mercury", "<b>Venus</b>"]}\n```\n',
    "code": "So:\n\n```python\nprint('made by a model')\n```\n\nThat is all.",
    "page": f"""<h1 style="color: rgb(1, 2, 3)">A page</h1>
<script>{ATTACK.replace("window", "parent")}</script><img src=x onerror="{ATTACK}">
<img src="http://{FOREIGN}/html.png"><link rel="stylesheet" href="http://{FOREIGN}/html.css">
<meta http-equiv="refresh" content="0;url=http://{FOREIGN}/refresh"><base href="http://{FOREIGN}/">
<iframe src="http://{FOREIGN}/inner"></iframe><style>@import url(http://{FOREIGN}/import.css);</style>
<object data="http://{FOREIGN}/object"></object><video src="http://{FOREIGN}/video" autoplay></video>
<div style="background: url(http://{FOREIGN}/background.png)">text</div>""",
}


def long_answer(tokens: int) -> str:
    """Markdown of every kind that makes so many tokens, about."""
    parts = []
    for number in range(tokens // 32):
        parts.append(
            f"## Part {number}\n\nPart {number} has **bold{number}** words and `code{number}` and $x_{number}$."
        )
        parts.append(f"- one{number}\n- two{number}\n\n```python\ny{number} = {number}\nprint(y{number})\n```")
        parts.append(" ".join(f"w{number}x{word}" for word in range(20)))
    return "\n\n".join([*parts, "The very last word: omega."])
