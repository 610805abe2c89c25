"""What a form asks for when it is sent; never what would change something."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.parse.sources import is_get

_OTHER_BUTTONS = ("button", "reset")
_SENDING_INPUTS = ("submit", "image")


class Forms:
    """The forms of one document; which button is whose is found out when it is first asked."""

    def __init__(self, tree: LexborHTMLParser | LexborNode) -> None:
        self._tree = tree
        self._methods: dict[int | str, str | None] | None = None

    def gets(self, button: LexborNode) -> bool:
        """Return whether `button`, which has a `formaction`, sends a form there by GET."""
        attributes = button.attributes
        kind = (attributes.get("type") or "").lower()
        if button.tag == "button" and kind in _OTHER_BUTTONS:
            return False
        if button.tag != "button" and not (button.tag == "input" and kind in _SENDING_INPUTS):
            return False
        methods = self._known()
        owner = attributes.get("form") or button.mem_id
        return owner in methods and is_get(attributes.get("formmethod") or methods[owner])

    def _known(self) -> dict[int | str, str | None]:
        """Return the method of every form by its id, and by the buttons that stand in it."""
        if self._methods is None:
            self._methods = {}
            for form in self._tree.css("form"):
                attributes = form.attributes
                method = attributes.get("method")
                if name := attributes.get("id"):
                    self._methods.setdefault(name, method)
                buttons = form.css("[formaction]")
                self._methods.update((button.mem_id, method) for button in buttons)
        return self._methods
