"""The console's pages and the demo player, as built from `web/` and served by the console."""

from playhead.ui.handlers import DemoTarget, ui_handlers

__all__ = ["DemoTarget", "ui_handlers"]
