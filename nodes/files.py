"""The nodes that load and save text and subtitles."""

from __future__ import annotations

from comfy_api.v0_0_2 import io

from .comfy.files import input_fingerprint, input_names
from .common.inputs import check_not_empty, check_option, names_of
from .common.schema import schema

TEXT_SUFFIXES = (".txt", ".md", ".json", ".csv", ".yaml", ".yml", ".ssml", ".xml")
SUBTITLE_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa", ".sbv", ".lrc", ".sub", ".ttml", ".dfxp", ".scc", ".stl")
LANGUAGE_LINES = ["all", "first", "second"]
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
            "Loads a subtitle file from ComfyUI's input folder and reports problems in it. The format and the encoding "
            "are detected.",
            aliases=("srt", "vtt", "ass", "captions", "open subtitles"),
            inputs=[
                _file_input(SUBTITLE_SUFFIXES, "subtitle file"),
                io.String.Input(
                    "language",
                    optional=True,
                    default="",
                    placeholder="ru",
                    tooltip="The language of the file, such as ru or zh. It helps to detect the encoding.",
                ),
                io.String.Input(
                    "encoding",
                    optional=True,
                    default="",
                    placeholder="cp1251",
                    tooltip="The encoding of the file, such as cp1251, gb18030 or shift_jis. Empty: detect it.",
                ),
                io.Combo.Input(
                    "line",
                    optional=True,
                    options=LANGUAGE_LINES,
                    default=LANGUAGE_LINES[0],
                    tooltip="Cues with two languages, one below the other: load all lines, the first language or the "
                    "second.",
                ),
                io.String.Input(
                    "skip_styles",
                    optional=True,
                    default="",
                    placeholder="Sign*, Song*",
                    tooltip="Styles of ASS and SSA to leave out, such as signs and songs. Separate them with commas; "
                    "* stands for any characters.",
                ),
            ],
            outputs=[
                io.String.Output(
                    "subtitles",
                    display_name="subtitles",
                    tooltip="The subtitles, for Dub: the text of the file, or what is chosen of it.",
                ),
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
    def fingerprint_inputs(
        cls, file: str, language: str = "", encoding: str = "", line: str = "all", skip_styles: str = ""
    ) -> str:
        """Return a string that changes when the file or what is loaded of it does."""
        return "|".join([input_fingerprint(file, SUBTITLE_SUFFIXES), language, encoding, line, skip_styles])

    @classmethod
    def execute(
        cls, file: str, language: str = "", encoding: str = "", line: str = "all", skip_styles: str = ""
    ) -> io.NodeOutput:
        """Load the file. SubtitleError if it isn't subtitles or has no such style; ValueError as for Load text."""
        import msgspec

        from ..media.subtitles import ReadOptions, read_subtitles, write_subtitles
        from ..media.subtitles.decode import decode_text
        from ..media.subtitles.subtitle_file import summarize
        from ..media.subtitles.write import written_format
        from ..text.encoding import text_encoding
        from .comfy.files import read_input

        check_option("line", line, LANGUAGE_LINES)
        options = ReadOptions(
            language=language.strip(),
            encoding=text_encoding(encoding) if encoding.strip() else "",
            line=LANGUAGE_LINES.index(line),
            skip_styles=names_of(skip_styles),
        )
        data = read_input(file, SUBTITLE_SUFFIXES)
        subtitles = read_subtitles(data, name=file, options=options)
        if options.line or options.skip_styles or subtitles.format == "stl":
            shown = write_subtitles(subtitles.cues, written_format(subtitles.format))
        else:
            decoded = decode_text(data, encoding=subtitles.encoding, replace=True)
            shown = "\n".join(decoded.lines)
        info = {
            "format": subtitles.format,
            "encoding": subtitles.encoding,
            "cues": len(subtitles.cues),
            "duration_s": max((cue.end_s for cue in subtitles.cues), default=0.0),
            "notes": summarize(subtitles.notes),
        }
        text = "\n".join(cue.spoken_text for cue in subtitles.cues)
        return io.NodeOutput(shown, text, msgspec.json.encode(info).decode())


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

        from ..media.subtitles import ReadOptions, read_subtitles, write_subtitles
        from ..media.subtitles.write import written_format
        from ..utils.atomic_file import atomic_output
        from .comfy.files import new_output

        check_option("format", format, SAVE_FORMATS)
        source = read_subtitles(subtitles.encode(), options=ReadOptions(keep_repeats=True))
        source_format = written_format(source.format)
        target_format = source_format if format == SAME_FORMAT else format
        text = subtitles if target_format == source.format else write_subtitles(source.cues, target_format)
        file, subfolder = new_output(filename_prefix, f".{target_format}")
        with atomic_output(file) as sink:
            sink.write(text.encode())
        path = PurePath(subfolder, file.name).as_posix()
        return io.NodeOutput(path, ui={"text": [path]})
