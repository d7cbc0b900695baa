"""Answers that would do harm if anything in them acted, and a trap that sees whether it did."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Dialog, Page, Request

from tests.conftest import SCRIPT

# It must not be reached, and cannot: the top-level domain is reserved (RFC 2606).
FOREIGN = "foreign.invalid"
ATTACK = "window.attacked = true; alert(1)"
ATTACKS = {
    "prose": f"""{SCRIPT["hostile"]}

Begin <script>{ATTACK}</script> and <img src=x onerror="{ATTACK}"> and <img src="http://{FOREIGN}/tag.png"> inline.

<iframe src="http://{FOREIGN}/frame"></iframe>
<svg onload="{ATTACK}"></svg><details open ontoggle="{ATTACK}">details</details>
<style>@import url(http://{FOREIGN}/style.css);</style><link rel="stylesheet" href="http://{FOREIGN}/link.css">

![picture](http://{FOREIGN}/inline.png) ![picture][there] [script](javascript:window.attacked=true) [script][evil]
[data](data:text/html,<script>{ATTACK}</script>) <javascript:window.attacked=true> <a href="javascript:{ATTACK}">a</a>

[there]: http://{FOREIGN}/reference.png
[evil]: javascript:window.attacked=true

| table | `<img src=x onerror="{ATTACK}">` |
|---|---|
| <img src=x onerror="{ATTACK}"> | $\\href{{javascript:window.attacked=true}}{{x}}$ |

The last line.""",
    # The fence has no end: what is shown after it must not be taken into it, nor let out what is in it.
    "unclosed": f"""Look:

```html
<script>{ATTACK}</script>
<img src=x onerror="{ATTACK}"> ![x](http://{FOREIGN}/fence.png)

</code></pre><img src=x onerror="{ATTACK}">
The last line.""",
}
ACTIVE = "script, img, iframe, object, embed, link, style, form, [onerror], [onload], [ontoggle]"
DOUBTFUL_LINK = 'a:not([href^="http:"], [href^="https:"], [href^="mailto:"], [href^="#"])'


@dataclass
class Trap:
    """Sees what a hostile answer must not bring about."""

    page: Page
    url: str
    dialogs: list[str] = field(default_factory=list)
    _asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("dialog", self._dismiss)
        self.page.on("request", self._note)

    @property
    def requests(self) -> list[str]:
        """What was asked of others; not what the page's own policy has held back."""
        return [request.url for request in self._asked if request.failure != "csp"]

    def is_sprung(self) -> bool:
        return bool(self.dialogs or self.page.evaluate("'attacked' in window"))

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self._asked.append(request)
