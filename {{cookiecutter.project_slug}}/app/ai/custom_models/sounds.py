"""Sounds that were sent: looked at by their content, bounded, as one channel of 16 kHz."""

from typing import BinaryIO

from app.ai.custom_models.port import SoundQuestion
from app.ai.custom_models.port import Unusable

SAMPLES_PER_SECOND = 16_000
"""What models of speech listen to."""

MOST_CHANNELS = 8
RATES = range(4_000, 200_000)
SHORTEST_SECONDS = 0.05
DAMAGED = "This is no sound, or a damaged one; send WAV, FLAC, MP3 or OGG (Opus, Vorbis)."


def read_sound(file: BinaryIO, most_seconds: float) -> SoundQuestion:
    """The sound of a file, whatever it is called. Blocks: call it in a thread.

    Raises:
        Unusable: it is none, damaged, too short or too long.
    """
    import numpy
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(file) as sound:
            rate = sound.samplerate
            if sound.channels > MOST_CHANNELS or rate not in RATES:
                raise Unusable(f"{sound.channels} channels at {rate} Hz; send mono at 16000 Hz.")
            most = int(most_seconds * rate)
            # Not what the header says: it can say anything.
            samples = sound.read(most + 1, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise Unusable(DAMAGED) from error
    if len(samples) > most:
        raise Unusable(f"The sound is longer than {most_seconds:g} seconds; send a shorter one.")
    if len(samples) < SHORTEST_SECONDS * rate or not numpy.isfinite(samples).all():
        raise Unusable("There is nothing to hear.")
    mono = samples.mean(axis=1, dtype="float32")
    return SoundQuestion(soxr.resample(mono, rate, SAMPLES_PER_SECOND).astype("float32"))
