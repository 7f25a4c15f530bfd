"""Models with random weights for every task, small enough to be created and loaded at once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers import decoders
from tokenizers import models
from tokenizers import pre_tokenizers
from tokenizers import processors
from transformers import BertConfig
from transformers import BertForMaskedLM
from transformers import BertForSequenceClassification
from transformers import BertForTokenClassification
from transformers import BertModel
from transformers import GPT2Config
from transformers import GPT2LMHeadModel
from transformers import PreTrainedTokenizerFast
from transformers import ViTConfig
from transformers import ViTForImageClassification
from transformers import ViTImageProcessorPil
from transformers import Wav2Vec2Config
from transformers import Wav2Vec2CTCTokenizer
from transformers import Wav2Vec2FeatureExtractor
from transformers import Wav2Vec2ForCTC
from transformers import Wav2Vec2Processor
from transformers import YolosConfig
from transformers import YolosForObjectDetection
from transformers import YolosImageProcessorPil

from tests.support.custom_models import write_config_file

WORDS = ["the", "a", "cat", "dog", "sat", "on", "mat", "good", "bad", "hello", "world"]
SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, _, CLS, SEP, _ = range(5)
MAX_TOKENS = 64
"""The limit of each model."""

LABELS = ["NEG", "POS", "NEU"]
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


def _vocabulary() -> dict[str, int]:
    letters = [chr(code) for code in range(ord("b"), ord("z") + 1)]
    pieces = [*SPECIAL_TOKENS, *WORDS, *letters, *(f"##{chr(code)}" for code in range(97, 123))]
    return {piece: index for index, piece in enumerate(pieces)}


def _labels(labels: list[str]) -> dict[str, Any]:
    return {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: index for index, label in enumerate(labels)},
    }


def _tokenizer(folder: Path, *, special_tokens: bool = True) -> None:
    words = Tokenizer(models.WordPiece(_vocabulary(), unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.decoder = decoders.WordPiece()
    if special_tokens:
        words.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]",
            pair="[CLS] $A [SEP] $B:1 [SEP]:1",
            special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)],
        )
    PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=MAX_TOKENS,
    ).save_pretrained(folder)


def _bert(folder: Path, model_class: Any, labels: list[str] | None = None, **options: Any) -> Any:
    _tokenizer(folder)
    named = _labels(labels) if labels else {}
    config = BertConfig(
        vocab_size=len(_vocabulary()),
        max_position_embeddings=MAX_TOKENS,
        **SIZES,
        **named,
        **options,
    )
    return model_class(config)


def _gpt(folder: Path) -> Any:
    _tokenizer(folder, special_tokens=False)
    config = GPT2Config(
        vocab_size=len(_vocabulary()),
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=MAX_TOKENS,
        bos_token_id=CLS,
        eos_token_id=SEP,
        pad_token_id=PAD,
    )
    return GPT2LMHeadModel(config)


def _vit(folder: Path) -> Any:
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return ViTForImageClassification(
        ViTConfig(image_size=32, patch_size=16, **SIZES, **_labels(LABELS))
    )


def _yolos(folder: Path) -> Any:
    YolosImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
    return YolosForObjectDetection(
        YolosConfig(
            image_size=[32, 32],
            patch_size=16,
            num_detection_tokens=5,
            **SIZES,
            **_labels(["cat", "dog"]),
        )
    )


def _wav2vec2(folder: Path) -> Any:
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *(chr(code) for code in range(97, 123))]
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: index for index, letter in enumerate(letters)}))
    features = Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=16_000, padding_value=0.0, do_normalize=True
    )
    Wav2Vec2Processor(
        feature_extractor=features, tokenizer=Wav2Vec2CTCTokenizer(str(vocabulary))
    ).save_pretrained(folder)
    return Wav2Vec2ForCTC(
        Wav2Vec2Config(
            vocab_size=len(letters),
            conv_dim=(16, 16, 16),
            conv_kernel=(10, 8, 4),
            conv_stride=(5, 8, 8),
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=2,
            pad_token_id=PAD,
            **SIZES,
        )
    )


FACTORIES: dict[str, Callable[[Path], Any]] = {
    "text-classification": lambda folder: _bert(folder, BertForSequenceClassification, LABELS),
    "zero-shot-classification": lambda folder: _bert(
        folder, BertForSequenceClassification, ["contradiction", "neutral", "entailment"]
    ),
    "token-classification": lambda folder: _bert(
        folder, BertForTokenClassification, ["B-PER", "B-LOC", "I-PER"]
    ),
    "feature-extraction": lambda folder: _bert(folder, BertModel),
    "fill-mask": lambda folder: _bert(folder, BertForMaskedLM),
    "text-generation": _gpt,
    "image-classification": _vit,
    "object-detection": _yolos,
    "automatic-speech-recognition": _wav2vec2,
}


def make_model(folder: Path, task: str) -> Path:
    """Create a model for a task in a folder, always with the same weights."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    FACTORIES[task](folder).save_pretrained(folder)
    return folder


def write_all_models(folder: str, **keys: Any) -> Path:
    """Write a file with one model per task, named like its task, and some with other options."""
    root = Path(folder)
    models: dict[str, dict[str, Any]] = {
        task: {"task": task, "model": str(make_model(root / task, task)), "device": "cpu", **keys}
        for task in FACTORIES
    }
    del models["fill-mask"]  # only an extended application has this task
    models["object-detection"]["threshold"] = 0.01
    models["sentiment"] = {
        **models["text-classification"],
        "labels": ["sad", "glad", "calm"],
        "truncate": True,
    }
    models["writer"] = {**models["text-generation"], "truncate": True}
    models["topics"] = {**models["zero-shot-classification"], "labels": ["tea", "football"]}
    return write_config_file(root / "models.toml", models)
