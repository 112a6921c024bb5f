"""The nodes that load and save text and subtitles."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .comfy.files import input_fingerprint, input_names
from .common.inputs import check_not_empty, check_option
from .common.schema import schema

TEXT_SUFFIXES = (".txt", ".md", ".json", ".csv", ".yaml", ".yml", ".ssml", ".xml")
SUBTITLE_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
SAME_FORMAT = "same as input"
SAVE_FORMATS = [SAME_FORMAT, "srt", "vtt", "ass"]


def _file_input(suffixes: tuple[str, ...], kind: str) -> io.Combo.Input:
    return io.Combo.Input(
        "file",
        options=input_names(suffixes),
        tooltip=f"A {kind} in ComfyUI's input folder ({', '.join(suffixes)}). The button below uploads one.",
    )


class VoxweftLoadText(io.ComfyNode):
    """Load a text file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "LoadText",
            "Load text",
            "Text",
            "Loads a text file from ComfyUI's input folder. The encoding is detected.",
            aliases=("read text", "open file", "upload text"),
            inputs=[_file_input(TEXT_SUFFIXES, "text file")],
            outputs=[io.String.Output("text", display_name="text", tooltip="The text of the file.")],
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None) -> bool | str:
        """Return True, or what is wrong with the file's name."""
        return check_not_empty("file", file, "upload a text file first")

    @classmethod
    def fingerprint_inputs(cls, file: str) -> str:
        """Return a string that changes when the file does."""
        return input_fingerprint(file, TEXT_SUFFIXES)

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        """Load the file. ValueError if it is missing, is not text, or is outside the input folder."""
        from ..media.subtitles.decode import decode_text
        from .comfy.files import read_input

        return io.NodeOutput("\n".join(decode_text(read_input(file, TEXT_SUFFIXES)).lines))


class VoxweftLoadSubtitles(io.ComfyNode):
    """Load a subtitle file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "LoadSubtitles",
            "Load subtitles",
            "Text",
            "Loads an SRT, WebVTT or ASS/SSA file from ComfyUI's input folder and reports problems in it. The "
            "encoding is detected.",
            aliases=("srt", "vtt", "ass", "captions", "open subtitles"),
            inputs=[_file_input(SUBTITLE_SUFFIXES, "subtitle file")],
            outputs=[
                io.String.Output("subtitles", display_name="subtitles", tooltip="The text of the file, for Dub."),
                io.String.Output(
                    "text", display_name="text", tooltip="The text of the cues, one per line, without times."
                ),
                io.String.Output(
                    "info",
                    display_name="info",
                    tooltip="JSON: format, encoding, number of cues, duration, and problems found.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, file: str | None = None) -> bool | str:
        """Return True, or what is wrong with the file's name."""
        return check_not_empty("file", file, "upload a subtitle file first")

    @classmethod
    def fingerprint_inputs(cls, file: str) -> str:
        """Return a string that changes when the file does."""
        return input_fingerprint(file, SUBTITLE_SUFFIXES)

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        """Load the file. SubtitleError names a line that cannot be read; ValueError as for Load text."""
        import msgspec

        from ..media.subtitles import read_subtitles
        from ..media.subtitles.decode import decode_text
        from .comfy.files import read_input

        data = read_input(file, SUBTITLE_SUFFIXES)
        subtitles = read_subtitles(data, name=file)
        info = {
            "format": subtitles.format,
            "encoding": subtitles.encoding,
            "cues": len(subtitles.cues),
            "duration_s": max((cue.end_s for cue in subtitles.cues), default=0.0),
            "notes": [str(note) for note in subtitles.notes],
        }
        text = "\n".join(cue.spoken_text for cue in subtitles.cues)
        return io.NodeOutput("\n".join(decode_text(data).lines), text, msgspec.json.encode(info).decode())


class VoxweftSaveSubtitles(io.ComfyNode):
    """Save subtitles to a file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's schema."""
        return schema(
            "SaveSubtitles",
            "Save subtitles",
            "Text",
            "Saves subtitles to ComfyUI's output folder, in their own format or another one.",
            aliases=("export srt", "write subtitles"),
            inputs=[
                io.String.Input(
                    "subtitles", force_input=True, tooltip="SRT, WebVTT or ASS, from Transcribe, Speak or Dub."
                ),
                io.String.Input(
                    "filename_prefix",
                    default="voxweft/subtitles",
                    tooltip="The file's name in the output folder, with optional subfolders. A number is appended.",
                ),
                io.Combo.Input(
                    "format",
                    options=SAVE_FORMATS,
                    default=SAVE_FORMATS[0],
                    tooltip="The file format: the same as the input (ASS for SSA), or another one.",
                ),
            ],
            outputs=[
                io.String.Output("path", display_name="path", tooltip="The file's path within the output folder.")
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, subtitles: str, filename_prefix: str, format: str) -> io.NodeOutput:  # noqa: A002  the widget's name
        """Save the subtitles. SubtitleError if they cannot be read; ValueError for a path outside the output folder."""
        from pathlib import PurePath

        from ..media.subtitles import read_subtitles, write_subtitles
        from ..utils.atomic_file import atomic_output
        from .comfy.files import new_output

        check_option("format", format, SAVE_FORMATS)
        source = read_subtitles(subtitles.encode())
        source_format = "ass" if source.format == "ssa" else source.format
        target_format = source_format if format == SAME_FORMAT else format
        text = subtitles if target_format == source.format else write_subtitles(source.cues, target_format)
        file, subfolder = new_output(filename_prefix, f".{target_format}")
        with atomic_output(file) as sink:
            sink.write(text.encode())
        path = PurePath(subfolder, file.name).as_posix()
        return io.NodeOutput(path, ui={"text": [path]})
