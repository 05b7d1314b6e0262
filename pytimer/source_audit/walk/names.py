"""Names of other people's libraries, and what people call things."""

from __future__ import annotations

import re


def _whole(*alternatives: str, ignore_case: bool = False) -> re.Pattern[str]:
    """What is wholly one of some alternatives, which are separated by spaces."""
    body = "|".join(" ".join(alternatives).split())
    return re.compile(f"^({body})$", re.IGNORECASE if ignore_case else 0)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _anywhere(*alternatives: str) -> re.Pattern[str]:
    """What holds one of some alternatives, whatever the case."""
    return re.compile("|".join(" ".join(alternatives).split()), re.IGNORECASE)


# Clocks and waiting

CLOCKS = dict.fromkeys(
    words("""
    time.time time.perf_counter time.monotonic time.process_time time.thread_time time.clock
    timeit.default_timer datetime.datetime.now datetime.datetime.utcnow asyncio.loop.time"""),
    1.0,
) | dict.fromkeys(
    words("""time.time_ns time.perf_counter_ns time.monotonic_ns time.process_time_ns"""), 1e9
)
"""Host clocks, with the units per second that they count in; datetimes as seconds."""

EVENT = re.compile(r"torch\.(cuda|mps|xpu|npu|musa)\.Event")
SYNCHRONISE = re.compile(r"(^|_|\.)(sync|synch|synchroni[sz]e)(_?[a-z]\w*)?$", re.IGNORECASE)
"""Whatever is called for its waiting; `async…` does not match."""

SYNCHRONISING_READS = {"item", "cpu", "tolist", "numpy"}
EMPTIES_CACHE = {"torch.cuda.empty_cache", "torch.mps.empty_cache", "gc.collect"}

# Modes, compilers

SETS_GRAD_OFF = {"torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad"}
GRAPH_CAPTURE = {"torch.cuda.graph", "torch.cuda.graphs.graph"}
LAZY_COMPILERS = {"torch.compile", "torch._dynamo.optimize"}
"""They compile at the first call of what they return."""

COMPILERS = LAZY_COMPILERS | words("""
    torch.jit.trace torch.jit.script torch.export.export torch.onnx.export
    torch.cuda.make_graphed_callables torch._inductor.aoti_compile_and_package
    torch._inductor.aot_compile torch_tensorrt.compile tensorrt.compile""")

# Tensors and models

MAKES_TENSOR = _whole(
    r"torch\.(randn?|randint|zeros|ones|empty|full|arange|linspace|tensor|as_tensor|from_numpy|eye"
    r"|randperm|normal) torch\.(cuda\.)?\w*Tensor"
)
MAKES_TENSOR_LIKE = _whole(r"torch\.(randn?|randint|zeros|ones|empty|full)_like")
MODELS = _whole(
    r"torchvision\.models\.(\w+\.)*[a-z]\w* timm\.(models\.)?create_model torch\.hub\.load",
    r"segmentation_models_pytorch\.\w+ efficientnet_pytorch\.EfficientNet(\.from_\w+)?",
    r"(\w+\.)*\w*(Net|Model|Former|Transformer|ViT|UNet|CNN|Backbone)(\.from_\w+)?",
)
"""What makes a torch.nn.Module in training mode."""

EVALUATING_MODELS = _whole(
    r"torch\.jit\.load torch\.load torch\.export\.load",
    r"(transformers\.)?(Auto(Model\w*)|\w+(Model|LMHeadModel|For[A-Z]\w+))\.from_pretrained",
)
"""What makes a module in evaluation mode, or in the mode in which it was saved."""

WITHOUT_MODES = _whole(
    *(
        rf"torch\.nn\.{layer}"
        for layer in [
            r"Linear",
            r"Bilinear",
            r"Identity",
            r"Conv\w*",
            r"\w*ReLU\w*",
            r"GELU",
            r"SiLU",
            r"Mish",
            r"Tanh",
            r"Sigmoid",
            r"Softmax",
            r"LogSoftmax",
            r"Softplus",
            r"Hardswish",
            r"ELU",
            r"SELU",
            r"LayerNorm",
            r"GroupNorm",
            r"RMSNorm",
            r"Embedding",
            r"EmbeddingBag",
            r"Flatten",
            r"Unflatten",
            r"\w*Pool\d?d?",
            r"Upsample",
            r"UpsamplingBilinear2d",
            r"PixelShuffle",
            r"\w*Pad\d?d?",
            r"LSTM",
            r"GRU",
            r"RNN",
            r"Unfold",
            r"Fold",
            r"\w*Loss",
        ]
    )
)
"""Layers that do the same in training and in evaluation."""

CONTAINERS = _whole(r"torch\.nn\.(Sequential|ModuleList|ModuleDict|DataParallel)")
PIPELINES = _whole(
    r"(transformers\.)?pipeline diffusers\.\w+\.from_pretrained \w*Pipeline\.from_pretrained",
    r"(ultralytics\.)?YOLO (sentence_transformers\.)?SentenceTransformer",
    r"(onnxruntime|ort)\.InferenceSession pytimer\.\w+",
)
"""What returns values on the host, in evaluation mode, without gradients."""

NOT_MODELS = re.compile(
    r"(Tokenizer|Processor|Config|Extractor|Scheduler|Dataset|Loader|Optimizer|Loss|Weights)\w*"
    r"(\.from_\w+)?$"
)
DATA_LOADER = re.compile(r"(^|\.|_)(\w*[Dd]ata_?[Ll]oader|\w*_?[Ll]oader|dl|\w*_iter)s?$")
TRAINS = _whole(
    r"backward manual_backward zero_grad fit optimi[sz]e_\w+",
    r"train(ing)?_(step|loop|epoch|batch|one_\w+)",
)
CALLED_AFTER_WORK = re.compile(
    r"on_(predict|test|validation|eval\w*|inference)\w*_end$|forward_hook$|post_?hook$"
)
"""Hooks that a framework calls when a model has been called."""

# Libraries that do no work on a device

_HOST_LIBRARIES = """numpy pandas scipy sklearn cv2 PIL json os sys re math random requests httpx
urllib sqlite3 pickle csv pathlib shutil hashlib collections itertools functools string subprocess
asyncio threading queue socket struct zlib gzip time datetime argparse logging statistics tokenizers
matplotlib tqdm psutil gc copy platform warnings typing dataclasses"""
_HOST_PARTS_OF_TORCH = r"""
utils\.data backends manual_seed set_\w+ device save get_\w+ nn\.init optim amp autocast
profiler distributed version float16 float32 bfloat16 compiler no_grad inference_mode is_\w+
Generator Size nn\.Module nn\.Parameter random cuda\.is_\w+ cuda\.get_\w+ cuda\.device\w*
cuda\.current_device cuda\.set_device cuda\.reset_\w+ cuda\.max_memory_\w+ cuda\.memory_\w+
cuda\.mem_get_info cuda\.nvtx cuda\.Stream cuda\.stream cuda\.current_stream
cuda\.default_stream cuda\.amp cuda\.CUDAGraph cuda\.ipc_collect cuda\.init cuda\.manual_seed\w*"""
HOST_LIBRARIES = re.compile(
    rf"^({'|'.join(_HOST_LIBRARIES.split())}"
    rf"|torch\.({'|'.join(_HOST_PARTS_OF_TORCH.split())}))\b"
)

# Numbers made from times

MEANS = words("""mean fmean avg average numpy.mean numpy.average numpy.nanmean statistics.mean
    statistics.fmean torch.mean""")
SUMS = {"sum", "numpy.sum", "math.fsum", "torch.sum", "numpy.nansum"}
HARMONIC = {"statistics.harmonic_mean", "scipy.stats.hmean"}
COLLECTS = words("""list tuple sorted reversed iter set collections.deque""")
AGGREGATES = (
    MEANS
    | SUMS
    | COLLECTS
    | words("""min max abs float round next median stdev std quantile percentile numpy.median
    numpy.percentile numpy.quantile numpy.std numpy.var numpy.min numpy.max numpy.amin
    numpy.amax numpy.array numpy.asarray numpy.fromiter numpy.float64 numpy.diff numpy.sort
    numpy.round numpy.cumsum numpy.stack numpy.concatenate numpy.nanmedian statistics.median
    statistics.stdev statistics.pstdev statistics.quantiles statistics.median_low
    torch.tensor torch.as_tensor torch.std torch.median torch.quantile pandas.Series
    scipy.stats.trim_mean array.array datetime.timedelta""")
)
"""What makes a number or an array of the same unit from numbers."""

AGGREGATING_METHODS = words("""
    mean sum std var min max median item tolist numpy cpu flatten ravel squeeze reshape
    copy quantile total_seconds astype float round describe sort values view to clone detach
    double abs""")

# Printing

PRINTS = _whole(
    r"print pprint\.pprint rich\.print (tqdm\.)?tqdm\.write sys\.std(out|err)\.write click\.echo",
    r"logging\.(debug|info|warning|error|log)",
)
LOGS = _whole("debug info warning warn error log critical exception")
LOGGER = _whole("_?(log|logger|logging|console|writer)", ignore_case=True)

# What people call things

NETWORK_NAME = _whole(
    r"_?(\w*_)?(model|net|network|module|backbone|encoder|decoder|classifier|detector|unet|vae"
    r"|generator|policy|engine|resnet\w*|bert\w*|vit\w*|predictor|llm|gpt\w*|pipe|pipeline|nn|head"
    r"|student|teacher)\d*(_\w*)?",
    ignore_case=True,
)
CALLS_MODEL = _anywhere(
    "forward generate predict encode decode infer ^run call sample embed extract detect classify",
    "transcribe translate segment features",
)
"""Methods that call the model which something of unknown class holds."""

BATCH_NAME = re.compile(r"(\w*_)?(batch_?size|bs|bsz|batch)", re.IGNORECASE)
LAUNCHING = _anywhere("launch enqueue dispatch submit")
"""Labels of times that are meant to end before the device is done."""

CALLBACK_NAME = _whole(
    r"_?(\w*_)?(fn|func|function|callable|f|op|forward|infer\w*|predict\w*|step|run|call|callback"
    r"|target|work|kernel|closure|method|wrapped|stmt)\d*",
    ignore_case=True,
)
WARM_UP_NAME = _anywhere("warm[_-]?(ed)?[_-]?up warm(?!th|est) burn_?in dry_?run prime")
END_TO_END = _anywhere(
    "e2e end.?to.?end wall epoch total_run whole transfer h2d d2h copy upload download request",
    "round.?trip incl",
)
"""Labels of times that are meant to hold more than the model."""

COMPILING = _anywhere(
    r"(?<![a-z])(compil(e|ing|ation)|trac(e|ing)|export(ing)?|captur(e|ing)|build(ing)?|cold|first"
    r"|start.?up|load(ing)?)(?![a-z])"
)
"""Labels of times of something that is done once."""

PER_SECOND = _anywhere(
    r"fps /\s?s(ec)?\b per.?sec throughput thrpt qps \brate\b ips\b \bhz\b it/s _per_s"
)
PER_MILLISECOND = _anywhere(r"/\s?ms\b per.?m(illi)?s")
THROUGHPUT = _anywhere("throughput thrpt")

GPU_WORD = _anywhere(r"""cuda \bmps\b \bxpu\b \bgpu\b ["']hip""")
GPU_TEST = _anywhere(r"cuda \bmps\b \bgpu\b is_available use_gpu on_gpu synchroni[sz]e accelerator")
CPU_TEST = _anywhere(r"""['"]cpu['"] on_cpu use_cpu force_cpu""")
NEGATED = re.compile(r"\bnot\b|!=|\bis None\b")
