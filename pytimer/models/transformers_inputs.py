"""What a model of transformers takes, read from its configuration."""

from __future__ import annotations

import inspect
from typing import Any

from pytimer.items import ItemTensor

_TOKENS = 128
"""Of a text, where the model takes as many."""

_SAMPLES = 16_000
"""Of a waveform: one second at the rate that the speech models were trained with."""


class ShapeUnknownError(Exception):
    """The configuration does not say a shape; the message says which to give."""


def takes(model: Any) -> tuple[ItemTensor, ...]:
    """The tensors of one item: text, an image, a clip or a sound, and what a decoder starts from.

    Raises:
        ShapeUnknownError: the model takes several kinds together in a way of its own.
    """
    taken = inspect.signature(model.forward).parameters
    main = model.main_input_name
    kinds = model.input_modalities
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    config = model.config
    decodes = bool(config.is_encoder_decoder)
    names = {main}
    if not decodes and len(kinds) > 1:
        names |= _taken_together(main, kinds, config) & taken.keys()
    if "input_ids" in names and "attention_mask" in taken:
        names.add("attention_mask")
    if decodes and "decoder_input_ids" in taken:
        names.add("decoder_input_ids")
    return tuple(_tensor(name, kinds, config) for name in taken if name in names)


def _taken_together(main: str, kinds: set[str], config: Any) -> set[str]:
    marks = any(
        getattr(config, name, None) is not None for name in ("image_token_id", "image_token_index")
    )
    if kinds != {"image", "text"} or marks:
        raise _unknown(" and ".join(sorted(kinds)), "input_ids", "128:int64")
    return {"input_ids", "pixel_values"}


def _tensor(name: str, kinds: set[str], config: Any) -> ItemTensor:
    match name:
        case "input_ids" | "decoder_input_ids":
            text = config.get_text_config()
            return ItemTensor((_tokens(text),), name, "int64", below=text.vocab_size)
        case "attention_mask":
            return ItemTensor((_tokens(config.get_text_config()),), name, "int64", at_least=1)
        case "pixel_values":
            frames = (config.num_frames,) if "video" in kinds else ()
            return ItemTensor((*frames, *_image(config)), name)
        case "input_values":
            return ItemTensor(_sound(config), name)
        case "input_features":
            return ItemTensor(_spectrogram(config), name)
        case _:
            raise _unknown(name, name, "SIZES")


def _tokens(config: Any) -> int:
    longest = getattr(config, "max_position_embeddings", None) or _TOKENS
    return min(_TOKENS, longest) if longest > 0 else _TOKENS


def _image(config: Any) -> tuple[int, int, int]:
    config = getattr(config, "vision_config", config)
    size = getattr(config, "image_size", None)
    if size is None:
        raise _unknown("images of any size", "pixel_values", "3,224,224")
    height, width = (size, size) if isinstance(size, int) else size
    return (getattr(config, "num_channels", 3), height, width)


def _sound(config: Any) -> tuple[int, ...]:
    """A waveform, or the spectrogram (frames, bins) of an audio spectrogram transformer."""
    bins = getattr(config, "num_mel_bins", None)
    return (_SAMPLES,) if bins is None else (config.max_length, bins)


def _spectrogram(config: Any) -> tuple[int, int]:
    """(bins, frames): Whisper's, whose encoder halves the frames."""
    bins = getattr(config, "num_mel_bins", None)
    frames = getattr(config, "max_source_positions", None)
    if bins is None or frames is None:
        raise _unknown("sounds of any length", "input_features", "584,80")
    return (bins, 2 * frames)


def _unknown(what: str, name: str, example: str) -> ShapeUnknownError:
    return ShapeUnknownError(
        f"its configuration does not say the shape of {what}: give --shape {name}={example}, and "
        "so for every other input"
    )
