"""``ThreadRunner`` for IPython's own configuration: ``%config ThreadRunner.…`` and ``c.ThreadRunner.…``."""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets import TraitType
from traitlets.config import Config
from traitlets.config.configurable import Configurable

from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.notebook.sticky import Sticky


class SettingTrait(TraitType[Any, Any]):
    """A setting's value, or ``None`` where IPython's configuration has none."""

    info_text = "as config.py declares it"

    def validate(self, obj: Any, value: Any) -> Any:
        return None if value is None else config.parse(str(self.name), value, f"ThreadRunner.{self.name}")


class NotebookConfigurable(Configurable):
    """Puts what IPython's configuration says into the notebook's settings."""

    def __init__(self, sticky: Sticky, given: Config) -> None:
        super().__init__()
        self._sticky = sticky
        for name, value in given.items():
            try:
                self.update_config(Config({type(self).__name__: {name: value}}))
            except BadSetting as mistake:
                # It must not keep a kernel from starting: every prompt says it until it is put right.
                sticky.mistakes[name] = mistake

    def _load_config(self, cfg: Config, section_names: Any = None, traits: Any = None) -> None:
        """traitlets would only warn of an unknown name."""
        given = self._find_my_config(cfg)
        for name in given:
            if name not in config.FIELDS:
                near = config.nearest(name, config.FIELDS)
                raise BadSetting(f"There is no setting ThreadRunner.{name}.{near}", param=name)
        super()._load_config(cfg, section_names, traits)
        for name in given:
            self._sticky.configure(name, getattr(self, name))


ThreadRunner = type(
    "ThreadRunner",
    (NotebookConfigurable,),
    {name: SettingTrait(None, help=field.metadata["help"]).tag(config=True) for name, field in config.FIELDS.items()},
)


def register(shell: InteractiveShell, sticky: Sticky) -> None:
    """Let ``%config ThreadRunner`` and ``c.ThreadRunner`` reach this notebook's settings."""
    given = shell.config.get("ThreadRunner", Config())
    shell.configurables.append(ThreadRunner(sticky, given))
