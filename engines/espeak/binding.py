"""The eSpeak NG library, by ctypes, loaded again for each synthesis.

eSpeak NG keeps state between syntheses that nothing resets (such as the phase of the flutter), so the same text sounds
different the second time. A newly loaded library always starts from the same state. Two sources of randomness remain,
and both are seeded here: the library's own generator, which it seeds with the time, and the C library's `rand`, which
some variants use.
"""

from __future__ import annotations

import _ctypes
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from . import abi
from .errors import EspeakError

SAMPLE_RATE_HZ = 22050
MAX_TEXT_CHARACTERS = 0xFFFFFF
"""Events have 24 bits for the position in the text."""

_BLOCK_MS = 60
_SEED = 1
_FIX = "run: pip install --force-reinstall espeakng-loader"

# A process has one instance of the library, however often it is opened, and its state is global.
_in_use = threading.Lock()


class EspeakFiles(NamedTuple):
    """The paths of the library and its data folder."""

    shared_library: Path
    data: Path


class WordEvent(NamedTuple):
    """A word begins: `position` in the text (code points, from 0) and `sample` from the start of the audio."""

    position: int
    sample: int


class VoiceEntry(NamedTuple):
    """A voice as the library lists it. `languages` are `(priority, tag)`; the smaller number is preferred."""

    identifier: str
    title: str
    languages: tuple[tuple[int, str], ...]
    gender: str


def find_espeak() -> EspeakFiles:
    """Return the files of the installed `espeakng-loader`. EspeakError says how to install it."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise EspeakError(f"eSpeak NG isn't installed ({error}); run: pip install espeakng-loader") from error
    try:
        files = EspeakFiles(Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path()))
    except RuntimeError as error:
        raise EspeakError(f"eSpeak NG is incomplete ({error}); {_FIX}") from error
    for path in files:
        if not path.exists():
            raise EspeakError(f"eSpeak NG is incomplete ({path} is missing); {_FIX}")
    return files


def is_loaded(library: Path) -> bool:
    """Whether this process has loaded the library, here or elsewhere."""
    if sys.platform == "win32":
        module_handle = ctypes.WinDLL("kernel32").GetModuleHandleW
        module_handle.argtypes, module_handle.restype = [ctypes.c_wchar_p], ctypes.c_void_p
        loaded = bool(module_handle(str(library)))
    else:
        try:
            probe = ctypes.CDLL(str(library), mode=os.RTLD_NOLOAD | os.RTLD_NOW)
        except OSError:
            loaded = False
        else:
            _unload(probe)
            loaded = True
    return loaded


class EspeakLibrary:
    """A newly loaded library, as a context manager. One at a time per process, used by one thread.

    EspeakError if it can't be loaded, is in use, or (on exit) can't be unloaded.
    """

    def __init__(self, files: EspeakFiles) -> None:
        self._files = files
        if not _in_use.acquire(blocking=False):
            raise EspeakError("eSpeak NG is in use in this process; finish or close the other segment first")
        try:
            if is_loaded(files.shared_library):
                raise EspeakError(
                    f"{files.shared_library} is already loaded by other code in this process, so its output wouldn't "
                    "be repeatable; run the engine in a worker"
                )
            try:
                self._lib = ctypes.CDLL(str(files.shared_library))
            except OSError as error:
                raise EspeakError(f"eSpeak NG can't be loaded ({error}); {_FIX}") from error
            try:
                self._initialize()
            except BaseException:
                _unload(self._lib)
                raise
        except BaseException:
            _in_use.release()
            raise

    def __enter__(self) -> EspeakLibrary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unload the library. EspeakError if the system doesn't: the next output wouldn't be repeatable."""
        try:
            self._lib.espeak_Terminate()
            _unload(self._lib)
            if is_loaded(self._files.shared_library):
                raise EspeakError(
                    "this system (such as musl) doesn't unload libraries, so eSpeak NG's output isn't repeatable; "
                    "use a system with glibc"
                )
        finally:
            _in_use.release()

    def set_voice(self, identifier: str, variant: str = "") -> None:
        """Select a voice (file under `lang`) and a variant (file under `voices/!v`). EspeakError if one is missing."""
        suffix = f"+{variant}" if variant else ""
        name, status = f"{identifier}{suffix}", -1
        if sys.platform == "linux" and identifier != identifier.lower():
            # The library lower-cases the name, doesn't find the file, and reads all 250 voice files to find it, which
            # costs 3 ms and leaks 2 KiB each time. A path without capitals is used unchanged.
            with (self._files.data / "lang" / identifier).open("rb") as file:
                name = f"/proc/self/fd/{file.fileno()}{suffix}"
                status = self._lib.espeak_ng_SetVoiceByFile(name.encode())
        if status != 0:
            name = f"{identifier}{suffix}"
            status = self._lib.espeak_SetVoiceByName(name.encode())
        if status != 0:
            raise EspeakError(f"eSpeak NG can't load the voice '{name}' (status {status})")
        # The library silently ignores an unknown variant, but then the voice's identifier doesn't contain it.
        chosen = self._lib.espeak_GetCurrentVoice().contents.identifier.decode()
        if chosen.lower() != name.lower():
            raise EspeakError(f"eSpeak NG has no voice '{identifier}{suffix}'; it selected '{chosen}'")

    def set_parameter(self, parameter: int, value: int) -> None:
        """Set one of `abi.Parameter`. EspeakError if the library refuses the value."""
        if self._lib.espeak_SetParameter(parameter, value, 0) != 0:
            raise EspeakError(f"eSpeak NG rejected parameter {parameter} = {value}")

    def speak(self, text: str, on_block: Callable[[bytes, Sequence[WordEvent]], bool]) -> None:
        """Speak the text until its end, or until `on_block` returns false. Exceptions of `on_block` propagate.

        Args:
            text: At most MAX_TEXT_CHARACTERS characters, none of them NUL.
            on_block: Called in order with up to 60 ms of mono 16-bit PCM in the machine's byte order, and the words
                that begin in it.
        """
        if "\0" in text or len(text) > MAX_TEXT_CHARACTERS:
            raise ValueError(f"a text must have at most {MAX_TEXT_CHARACTERS} characters, none of them NUL")
        state = _SpeakState(on_block)
        callback = abi.SynthCallback(state)
        self._lib.espeak_SetSynthCallback(callback)
        _c_runtime().srand(ctypes.c_uint(_SEED))
        data = text.encode("utf-8")
        status = self._lib.espeak_Synth(data, len(data) + 1, 0, abi.POS_CHARACTER, 0, abi.CHARS_UTF8, None, None)
        if state.error is not None:
            raise state.error
        if status != 0 and not state.stopped:
            raise EspeakError(f"eSpeak NG failed to speak (status {status})")

    def voices(self) -> list[VoiceEntry]:
        """Return the voices for languages, in the library's order (without variants and MBROLA)."""
        return self._list(None)

    def variants(self) -> list[VoiceEntry]:
        """Return the variants; their identifiers begin with `!v/`."""
        wanted = ctypes.create_string_buffer(b"variant")
        return self._list(abi.Voice(languages=ctypes.cast(wanted, ctypes.c_void_p)))

    def _list(self, wanted: abi.Voice | None) -> list[VoiceEntry]:
        found = self._lib.espeak_ListVoices(None if wanted is None else ctypes.byref(wanted))
        entries: list[VoiceEntry] = []
        while found[len(entries)]:
            voice = found[len(entries)].contents
            entries.append(
                VoiceEntry(
                    identifier=voice.identifier.decode(),
                    title=voice.name.decode().strip(),
                    languages=_languages(voice.languages),
                    gender=abi.GENDERS.get(voice.gender, ""),
                )
            )
        return entries

    def _initialize(self) -> None:
        lib = self._lib
        try:
            abi.declare(lib)
        except AttributeError as error:
            raise EspeakError(f"eSpeak NG is too old ({error}); {_FIX}") from error
        path = str(self._files.data).encode("mbcs") if sys.platform == "win32" else os.fsencode(self._files.data)
        if len(path) > abi.MAX_DATA_PATH_BYTES:
            raise EspeakError(
                f"eSpeak NG takes a data path of at most {abi.MAX_DATA_PATH_BYTES} bytes and {self._files.data} has "
                f"{len(path)}; install espeakng-loader in an environment with a shorter path"
            )
        rate = lib.espeak_Initialize(abi.OUTPUT_SYNCHRONOUS, _BLOCK_MS, path, abi.DONT_EXIT)
        if rate != SAMPLE_RATE_HZ:
            raise EspeakError(
                f"eSpeak NG didn't start with {self._files.data} (sample rate {rate}, not {SAMPLE_RATE_HZ}); {_FIX}"
            )
        # If the library rejects the data, it silently uses another installation's.
        used = ctypes.c_char_p()
        lib.espeak_Info(ctypes.byref(used))
        if used.value is None or not Path(os.fsdecode(used.value)).samefile(self._files.data):
            raise EspeakError(f"eSpeak NG uses the data in {used.value!r}, not in {self._files.data}")
        lib.espeak_ng_SetRandSeed(_SEED)


class _SpeakState:
    """The synthesis callback. Exceptions can't pass through C, so an error is kept until the library returns."""

    def __init__(self, on_block: Callable[[bytes, Sequence[WordEvent]], bool]) -> None:
        self._on_block = on_block
        self.error: BaseException | None = None
        self.stopped = False
        self._n_samples = 0

    def __call__(self, samples: int | None, n_samples: int, events: Any) -> int:
        try:
            words = _read_events(events, self._n_samples)
            pcm = ctypes.string_at(samples, 2 * n_samples) if samples and n_samples > 0 else b""
            self._n_samples += len(pcm) // 2
            self.stopped = not self._on_block(pcm, words)
        except BaseException as error:  # noqa: BLE001  raised again after C has returned
            self.error = error
            self.stopped = True
        return int(self.stopped)


def _read_events(events: Any, n_samples: int) -> list[WordEvent]:
    """Return the word events of a block that begins at `n_samples`; the events' sample counter wraps after 27 hours."""
    words = []
    for number in range(1 << 16):
        event = events[number]
        if event.type == abi.EVENT_END_OF_LIST:
            break
        if event.type == abi.EVENT_WORD:
            sample = n_samples + (event.sample - n_samples + (1 << 31)) % (1 << 32) - (1 << 31)
            words.append(WordEvent(max(event.text_position - 1, 0), sample))
        elif event.type == abi.EVENT_SAMPLE_RATE and event.id.number != SAMPLE_RATE_HZ:
            raise EspeakError(f"eSpeak NG changed the sample rate to {event.id.number} Hz")
    return words


def _languages(address: int | None) -> tuple[tuple[int, str], ...]:
    """Read `priority byte, tag, NUL` until a priority of 0."""
    found = []
    while address and (priority := ctypes.string_at(address, 1)[0]):
        tag = ctypes.string_at(address + 1)
        found.append((priority, tag.decode()))
        address += len(tag) + 2
    return tuple(found)


def _c_runtime() -> ctypes.CDLL:
    # On Windows the state of `rand` is per thread, so this must be called in the thread that speaks.
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)


def _unload(library: ctypes.CDLL) -> None:
    if sys.platform == "win32":
        _ctypes.FreeLibrary(library._handle)  # noqa: SLF001  ctypes has no public way to unload
    else:
        _ctypes.dlclose(library._handle)  # noqa: SLF001
