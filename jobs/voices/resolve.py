"""Resolve a voice as users write it to a `Speaker` with an engine and a voice. Every interface uses these rules.

**Engine**, the first that applies:

1. the engine that is named;
2. for a speaker of a cast, the narrator's engine;
3. the preferred ready engine (`EngineRegistry.default`).

**Voice**, by the text of `voice`, the first that applies:

1. Empty or `default`: the voice for the speaker's language (`language_voices` in engine.toml), else the engine's
   `default_voice`, else the engine chooses. `Speaker.segment` fills this in, since tags may change the language.
2. `library:NAME`: a recording of the voice library. The engine needs the capability `reference`. What the engine gets
   is a clip that is prepared as its engine.toml says ([reference]).
3. A file, only where a `folder` is given (command line and Python): `.pt` is a voice tensor (capability `mix`), the
   suffix of an audio format is a recording (capability `reference`); `NAME.txt` next to it is its transcript.
4. A mix such as `af_bella(2)+af_sky`, for an engine with the capability `mix`.
5. A name. Where the engine's voices are known, it is looked up (`voice_names`). Elsewhere it is passed on, and the
   engine reports an unknown one.

A recording that is already in memory (`VoiceResolver.reference`) takes precedence over any text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from ...utils.streaming import ReferenceVoice, TensorVoice
from ...utils.streaming.contract.engine_spec import Capability, EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.runtime import Runtime
from ...utils.streaming.worker.blobs import BlobStore
from .cast import Cast, as_narrator
from .heard import Listener
from .prepare import Preparation
from .prepared_voice import PreparedVoice, SpeakerVoice
from .recording import SUFFIXES, VoiceRecording, read_recording
from .speaker import LIBRARY_PREFIX, Speaker, is_default_voice, parsed_voice
from .voice_library import VoiceLibrary

MAX_TENSOR_BYTES = 4 << 20
_ZIP = b"PK\x03\x04"
"""How a file of torch.save begins. Its content is checked in the worker."""


class VoiceResolver:
    """Resolves engines, voices, speakers and casts by the rules of this module. Use `VoiceResolver.of(runtime)`.

    Args:
        registry: The engines.
        blobs: Takes the content of recordings and tensors: the cache key depends on the content and not on a path.
        library: The voice library.
        folder: The folder that paths in voices are relative to. None: no text leads to a file. Leave it None where the
            text came with a request or in a workflow.
        preparation: Prepares recordings; None to do without recognized transcripts.
    """

    def __init__(
        self,
        registry: EngineRegistry,
        blobs: BlobStore,
        library: VoiceLibrary,
        folder: Path | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        self._registry = registry
        self._blobs = blobs
        self._folder = folder
        self._preparation = preparation or Preparation(blobs)
        self.voice_library = library

    @classmethod
    def of(
        cls,
        runtime: Runtime,
        folder: Path | None = None,
        library: VoiceLibrary | None = None,
        poll: Callable[[], None] | None = None,
    ) -> VoiceResolver:
        """Return a resolver on a runtime, with the voice library of its settings unless another one is given.

        `poll` is called at least every 50 ms while the words of a recording are recognized. It may raise to stop that.
        """
        library = library or VoiceLibrary(runtime.settings.voice_folders)
        preparation = Preparation(runtime.blobs, Listener(runtime), poll)
        return cls(runtime.registry, runtime.blobs, library, folder, preparation)

    def voice(self, text: str, spec: EngineSpec) -> SpeakerVoice | None:
        """Return the voice that a text means for an engine; None for the default one. It may recognize a recording.

        Raises:
            UnknownVoiceError: There is no such voice in the library.
            ValueError: The text can't be read, or the engine can't speak with such a voice.
            OSError: The file can't be read.
        """
        if is_default_voice(text):
            return None
        if text.startswith(LIBRARY_PREFIX):
            self._require(spec, "reference", f"imitate the recording '{text}'")
            return self.reference(self.voice_library.recording(text.removeprefix(LIBRARY_PREFIX)), spec)
        if self._folder is not None:
            suffix = Path(text).suffix.lower()
            file = self._folder / Path(text).expanduser()
            if suffix == ".pt":
                self._require(spec, "mix", "speak with a voice file (.pt)")
                return self._tensor(file)
            if suffix in SUFFIXES:
                self._require(spec, "reference", f"imitate the recording '{text}'")
                transcript = file.with_suffix(".txt")
                return self.reference(read_recording(file, transcript if transcript.is_file() else None), spec)
        return parsed_voice(text, spec)

    def reference(self, recording: VoiceRecording, spec: EngineSpec) -> PreparedVoice:
        """Return a recording as a voice to imitate. ValueError if the engine can't imitate one, or can't use it."""
        self._require(spec, "reference", "imitate a recording")
        return self._preparation.prepare(recording, spec)

    def speaker(self, speaker: Speaker) -> Speaker:
        """Return a speaker with its engine and voice resolved, and check that the engine supports its settings.

        Raises:
            UnknownEngineError: There is no such engine, or none is ready.
            ValueError: See `Speaker.check`, `Speaker.voice_on` and `voice`.
            OSError: A voice file can't be read.
        """
        spec = speaker.check(self._registry)
        voice = speaker.voice
        if isinstance(voice, str):
            voice = self.voice(voice, spec)
        elif isinstance(voice, ReferenceVoice):
            voice = self.reference(self._stored(voice), spec)
        resolved = msgspec.structs.replace(speaker, engine=spec.name, voice=voice)
        chosen = resolved.voice_on(spec)
        if isinstance(chosen, ReferenceVoice) and self._blobs.get(chosen.digest) is None:
            raise ValueError(f"{resolved.voice_text} is no longer in memory; load the recording again")
        return resolved

    def cast(self, cast: Cast, narrator: Speaker) -> Cast:
        """Return a cast whose speakers are resolved and checked. CastError names the one that is wrong.

        `narrator` is the fallback speaker, unless the cast has a narrator. A narrator of the cast that names no engine
        uses the engine and model of `narrator`.
        """
        resolved = cast.narrator or as_narrator(narrator)
        if not resolved.engine:
            resolved = msgspec.structs.replace(resolved, engine=narrator.engine, model=resolved.model or narrator.model)
        return msgspec.structs.replace(cast, narrator=resolved).check(self._registry, self.voice)

    def _stored(self, voice: ReferenceVoice) -> VoiceRecording:
        """Return a recording that a caller has put into the store."""
        blob = self._blobs.get(voice.digest)
        if blob is None or not blob.sample_rate:
            raise ValueError(f"there is no recording '{voice.digest}' in the store; put it there with its sample rate")
        return VoiceRecording(samples=blob.samples(), sample_rate=blob.sample_rate, transcript=voice.transcript)

    def _require(self, spec: EngineSpec, capability: Capability, action: str) -> None:
        if spec.can(capability):
            return
        others = [other.name for other in self._registry.specs.values() if other.can(capability)]
        hint = f"these engines can: {', '.join(sorted(others))}; " if others else ""
        raise ValueError(
            f"engine '{spec.name}' can't {action}; {hint}`voxweft voices -e {spec.name}` lists the voices it has"
        )

    def _tensor(self, file: Path) -> TensorVoice:
        if not file.is_file():
            raise ValueError(f"no such voice file: {file}")
        with file.open("rb") as stream:
            data = stream.read(MAX_TENSOR_BYTES + 1)
        if len(data) > MAX_TENSOR_BYTES:
            raise ValueError(f"{file} is too large for a voice (maximum {MAX_TENSOR_BYTES >> 20} MiB)")
        if not data.startswith(_ZIP):
            raise ValueError(f"{file} is not a voice file: expected a file of torch.save")
        return TensorVoice(self._blobs.put(data))
