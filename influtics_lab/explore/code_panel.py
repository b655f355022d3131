"""The row below a picture: its code, to look at and copy, and its files, to keep."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as w  # type: ignore[import-untyped]  # ships neither stubs nor a py.typed marker

from influtics_lab.errors import InfluticsError
from influtics_lab.explore.controls import build_button, format_alert
from influtics_lab.explore.picture_files import MEDIA_TYPES, PICTURE_WRITERS

if TYPE_CHECKING:
    from influtics_lab.explore.explorer import Explorer

_LARGEST_DOWNLOAD: Final = 20_000_000  # bytes of a download: what is in a page is in the browser's memory
_SAVE_AS: Final = '<span style="padding:0 6px 0 12px">Save as</span>'
_COPY: Final = (
    "const t=this.parentElement.querySelector('textarea');t.select();document.execCommand('copy');"
    "this.textContent='copied'"
)


class CodePanel(w.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Buttons that show the code and write files.

    Parameters
    ----------
    host : Explorer
    """

    def __init__(self, host: Explorer[Any]) -> None:
        self._host = host
        self.show_code = w.ToggleButton(
            description="code", tooltip="the lines that draw this picture", layout=w.Layout(width="5rem")
        )
        self.show_code.add_class("influtics-code")
        self.show_code.observe(lambda _: self.refresh(), names="value")
        self.files = {kind: self._build_file_button(kind) for kind in host.file_writers}
        self.code_box, self.download = w.HTML(), w.HTML()
        self.code_box.add_class("influtics-code-box")
        self.download.add_class("influtics-download")
        row = w.Layout(flex_flow="row wrap", align_items="center", width="100%", max_width="100%")
        super().__init__(
            [
                w.HBox([self.show_code, w.HTML(_SAVE_AS), *self.files.values(), self.download], layout=row),
                self.code_box,
            ],
            layout=w.Layout(width="100%"),
        )

    def refresh(self) -> None:
        """Show the code of the picture as it is now, if it is asked for, and no file of an earlier picture."""
        self.code_box.value = _format_code(self._host.code()) if self.show_code.value else ""
        self.download.value = ""

    def _build_file_button(self, kind: str) -> Any:
        what = {"html": "everything as one page", **dict.fromkeys(PICTURE_WRITERS, "the picture")}.get(
            kind, "the data of the picture"
        )
        button = build_button(kind.upper() if kind != "parquet" else "Parquet", f"{what} as a file", "4.6rem")
        button.add_class(f"influtics-{kind}")
        button.on_click(lambda _: self._save(kind))
        return button

    def _save(self, kind: str) -> None:
        self.download.value = '<span role="status">writing the file …</span>'  # and the old file is no longer there
        try:
            self.download.value = self._offer_file(kind)
        except (InfluticsError, OSError) as error:
            self.download.value = format_alert(error)

    def _offer_file(self, kind: str) -> str:
        """Write a file into the folder, or return a link that holds it, which the page's script clicks."""
        content = self._host.file_writers[kind]()
        name = f"{self._host.file_name}.{kind}"
        size = f"{len(content) / 1e6:.1f} MB" if len(content) > 1e5 else f"{len(content) / 1e3:.1f} kB"
        if self._host.folder is not None:
            path = self._host.folder / name
            self._host.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return f"{html.escape(str(path))} ({size}) is written"
        if len(content) > _LARGEST_DOWNLOAD:
            return f'{size} is too large for a download here: <code>explorer.export("{name}")</code> writes the file'
        data = base64.b64encode(content).decode()
        return (
            f'<a class="influtics-file" style="text-decoration:underline" '
            f'download="{name}" href="data:{MEDIA_TYPES.get(kind, "text/html")};base64,{data}">'
            f"{name}</a> ({size})"
        )


def _format_code(code: str) -> str:
    rows = code.count("\n") + 1
    return (
        f'<div style="max-width:900px"><textarea readonly aria-label="code of the picture" rows="{rows}" spellcheck='
        f'"false" style="width:100%;box-sizing:border-box;font-family:monospace;font-size:12.5px;line-height:1.45;'
        f'padding:8px;border:1px solid #c4cad2;background:#f6f7f9;color:#1f2328">{html.escape(code)}</textarea>'
        f'<button type="button" class="lm-Widget jupyter-widgets jupyter-button" style="width:5rem" '
        f'onclick="{html.escape(_COPY)}">copy</button></div>'
    )
