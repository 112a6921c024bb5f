"""The nodes that load and save text and subtitles."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .comfy.files import input_names, input_print
from .common.inputs import check_not_empty, check_option
from .common.schema import schema

TEXT_SUFFIXES = (".txt", ".md", ".json", ".csv", ".yaml", ".yml", ".ssml", ".xml")
SUBTITLE_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
SAVE_FORMATS = ["as it is", "srt", "vtt", "ass"]


def _file_input(suffixes: tuple[str, ...], what: str) -> io.Combo.Input:
    return io.Combo.Input(
        "file",
        options=input_names(suffixes),
        tooltip=f"A {what} in ComfyUI's input folder ({', '.join(suffixes)}); the button below puts one there.",
    )


class VoxweftLoadText(io.ComfyNode):
    """A text file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "LoadText",
            "Load text",
            "Text",
            "Loads a text file from ComfyUI's input folder, whatever its encoding.",
            aliases=("read text", "open file", "upload text"),
            inputs=[_file_input(TEXT_SUFFIXES, "text file")],
            outputs=[io.String.Output("text", display_name="text", tooltip="The file's text.")],
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None) -> bool | str:
        """Return True, or what is wrong with the file's name."""
        return check_not_empty("file", file, "upload a text file first")

    @classmethod
    def fingerprint_inputs(cls, file: str) -> str:
        """Return what changes when the file does."""
        return input_print(file, TEXT_SUFFIXES)

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        """Load it. ValueError for a file that isn't there, isn't text or isn't in the input folder."""
        from ..media.subtitles.decode import decode_text
        from .comfy.files import read_input

        return io.NodeOutput("\n".join(decode_text(read_input(file, TEXT_SUFFIXES)).lines))


class VoxweftLoadSubtitles(io.ComfyNode):
    """A subtitle file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "LoadSubtitles",
            "Load subtitles",
            "Text",
            "Loads SRT, WebVTT or ASS/SSA from ComfyUI's input folder, whatever its encoding, "
            "and says what is odd in it.",
            aliases=("srt", "vtt", "ass", "captions", "open subtitles"),
            inputs=[_file_input(SUBTITLE_SUFFIXES, "subtitle file")],
            outputs=[
                io.String.Output("subtitles", display_name="subtitles", tooltip="The file's text, for Dub."),
                io.String.Output("text", display_name="text", tooltip="What the cues say, a line each, without times."),
                io.String.Output(
                    "info",
                    display_name="info",
                    tooltip="JSON: format, encoding, cues, length, and notes on what is odd.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None) -> bool | str:
        """Return True, or what is wrong with the file's name."""
        return check_not_empty("file", file, "upload a subtitle file first")

    @classmethod
    def fingerprint_inputs(cls, file: str) -> str:
        """Return what changes when the file does."""
        return input_print(file, SUBTITLE_SUFFIXES)

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        """Load it. SubtitleError names the line that can't be read; ValueError as for Load text."""
        import msgspec

        from ..media.subtitles import read_subtitles
        from ..media.subtitles.decode import decode_text
        from .comfy.files import read_input

        data = read_input(file, SUBTITLE_SUFFIXES)
        read = read_subtitles(data, name=file)
        told = {
            "format": read.format,
            "encoding": read.encoding,
            "cues": len(read.cues),
            "duration_s": max((cue.end_s for cue in read.cues), default=0.0),
            "notes": [str(note) for note in read.notes],
        }
        text = "\n".join(cue.spoken_text for cue in read.cues)
        return io.NodeOutput("\n".join(decode_text(data).lines), text, msgspec.json.encode(told).decode())


class VoxweftSaveSubtitles(io.ComfyNode):
    """Subtitles as a file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return what the node looks like."""
        return schema(
            "SaveSubtitles",
            "Save subtitles",
            "Text",
            "Writes subtitles into ComfyUI's output folder, as they are or in another format.",
            aliases=("export srt", "write subtitles"),
            inputs=[
                io.String.Input(
                    "subtitles", force_input=True, tooltip="SRT, WebVTT or ASS, from Transcribe, Speak or Dub."
                ),
                io.String.Input(
                    "filename_prefix",
                    default="voxweft/subtitles",
                    tooltip=(
                        "The file's name in the output folder, to which a number is added; it may name a folder there."
                    ),
                ),
                io.Combo.Input(
                    "format",
                    options=SAVE_FORMATS,
                    default=SAVE_FORMATS[0],
                    tooltip="What to write: the format that came in (ASS for SSA), or another.",
                ),
            ],
            outputs=[
                io.String.Output("path", display_name="path", tooltip="Where the file is, within the output folder.")
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, subtitles: str, filename_prefix: str, format: str) -> io.NodeOutput:  # noqa: A002  the widget's name
        """Save. SubtitleError for what is no subtitles; ValueError for a name outside the output folder."""
        from pathlib import PurePath

        from ..media.subtitles import read_subtitles, write_subtitles
        from ..utils.atomic_file import atomic_output
        from .comfy.files import new_output

        check_option("format", format, SAVE_FORMATS)
        read = read_subtitles(subtitles.encode())
        kind = "ass" if read.format == "ssa" else read.format
        wanted = kind if format == SAVE_FORMATS[0] else format
        text = subtitles if wanted == read.format else write_subtitles(read.cues, wanted)
        file, subfolder = new_output(filename_prefix, f".{wanted}")
        with atomic_output(file) as sink:
            sink.write(text.encode())
        place = PurePath(subfolder, file.name).as_posix()
        return io.NodeOutput(place, ui={"text": [place]})
