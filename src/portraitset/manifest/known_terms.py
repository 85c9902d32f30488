"""The terms of AAHQ, FFHQ and MetFaces, and which of them are a manifest's.

Without a `dataset.toml` they are FFHQ's or MetFaces' if all faces are of the one, and AAHQ's else,
unless the manifest names originals at hand, of which nobody has stated anything.
"""

from pathlib import Path

from portraitset.handoffs import Face
from portraitset.manifest.dataset import Manifest
from portraitset.manifest.family import DATASET
from portraitset.manifest.local import is_local
from portraitset.manifest.terms import Terms, read_terms
from portraitset.manifest.upstream import FFHQ_COMMIT

_AAHQ = "https://github.com/onion-liu/aahq-dataset"
_FFHQ = "https://github.com/NVlabs/ffhq-dataset"
_METFACES = "https://github.com/NVlabs/metfaces-dataset"

_BLENDGAN_AUTHORS = (
    "Mingcong Liu",
    "Qiang Li",
    "Zekui Qin",
    "Guoxin Zhang",
    "Pengfei Wan",
    "Wen Zheng",
)

AAHQ = Terms(
    name="Artstation-Artistic-face-HQ (AAHQ)",
    terms=(
        "The copyright of every picture stays with its owner; the dataset publishes addresses and"
        " face landmarks only, and you may not hand the pictures on. For academic research only."
        " The metadata is licensed CC BY-NC-SA 4.0: credit it by citing the paper, indicate"
        " changes, share alike, no commercial use."
    ),
    caution=(
        "The pictures come from a public gallery and inherit all of its biases: societal, gender,"
        " racial and others. Neither the set nor a model trained on it represents people or art at"
        " large."
    ),
    contact="Owners of a picture may ask for its removal at any time: liumcong@gmail.com",
    citation=(
        "Mingcong Liu, Qiang Li, Zekui Qin, Guoxin Zhang, Pengfei Wan, Wen Zheng: BlendGAN:"
        " Implicitly GAN Blending for Arbitrary Stylized Face Generation. NeurIPS 2021."
        " arXiv 2110.11728."
    ),
    homepage=_AAHQ,
    same_as=(f"{_AAHQ}/tree/2c3b85ade5dcf46db0aa162b5324842828d5de35",),
    description=(
        "Addresses and face landmarks of artistic portraits of many styles, from which aligned"
        " faces can be built."
    ),
    keywords=("faces", "portraits", "art", "alignment", "generative models"),
    metadata_licence="CC-BY-NC-SA-4.0",
    authors=_BLENDGAN_AUTHORS,
    paper_title=("BlendGAN: Implicitly GAN Blending for Arbitrary Stylized Face Generation"),
    paper_authors=_BLENDGAN_AUTHORS,
    paper_venue="Advances in Neural Information Processing Systems (NeurIPS)",
    paper_year=2021,
    paper_doi="10.48550/arXiv.2110.11728",
    bibtex_key="liu2021blendgan",
    collection=(
        'Portraits from the "portraits" channel of ArtStation, a public gallery; the dataset'
        " lists the address of each."
    ),
)


UNSTATED = Terms(
    name="A dataset of its maker's pictures",
    terms=(
        "Nobody has stated the terms of this dataset. The copyright of every picture stays with its"
        " owner; hand on neither pictures nor crops unless the owners allow it."
    ),
    caution=(
        "It holds the pictures that somebody had at hand, and their biases. Neither the set nor a"
        " model trained on it represents people or art at large."
    ),
    contact="Nobody has stated whom to ask for a removal; whoever handed this on must be able to.",
    citation="Nobody has stated what to cite.",
    collection="Pictures that the dataset's maker had at hand, listed by path in a manifest.",
)
"""What is said of a dataset of somebody's own pictures until a `dataset.toml` says better."""


_FACE_RECOGNITION = (
    "Do not use it to identify people or to build or improve face recognition; whether a person"
    " shown agreed to be is not recorded."
)

_LIMITED_DATA_AUTHORS = (
    "Tero Karras",
    "Miika Aittala",
    "Janne Hellsten",
    "Samuli Laine",
    "Jaakko Lehtinen",
    "Timo Aila",
)

FFHQ = Terms(
    name="Flickr-Faces-HQ (FFHQ)",
    terms=(
        "The pictures were published by their authors under CC BY 2.0, CC BY-NC 2.0, the Public"
        " Domain Mark 1.0, CC0 1.0 or as works of the U.S. Government. All of these allow"
        " non-commercial use, some ask for credit to the author and for changes to be indicated:"
        " credits.csv names author, title and licence of each. The dataset itself, its metadata"
        " included, is licensed CC BY-NC-SA 4.0 by NVIDIA Corporation: credit it by citing the"
        " paper, indicate changes, share alike, no commercial use."
    ),
    caution=(
        "The pictures show real people. They come from Flickr and inherit all of its biases."
        f" {_FACE_RECOGNITION} Neither the set nor a model trained on it represents people at"
        " large."
    ),
    contact=(
        "Whoever is shown, and every author, may ask for a removal: researchinquiries@nvidia.com;"
        f' {_FFHQ}, "Privacy", says how.'
    ),
    citation=(
        "Tero Karras, Samuli Laine, Timo Aila: A Style-Based Generator Architecture for Generative"
        " Adversarial Networks. CVPR 2019. arXiv 1812.04948."
    ),
    homepage=_FFHQ,
    same_as=(f"{_FFHQ}/tree/{FFHQ_COMMIT}",),
    description=(
        "Photos of people from Flickr by path and digest, with 68 face landmarks each, from which"
        " aligned faces can be built."
    ),
    keywords=("faces", "photos", "alignment", "generative models"),
    metadata_licence="CC-BY-NC-SA-4.0",
    picture_licence="LicenseRef-dataset-terms",
    authors=("Tero Karras", "Samuli Laine", "Timo Aila"),
    paper_title="A Style-Based Generator Architecture for Generative Adversarial Networks",
    paper_authors=("Tero Karras", "Samuli Laine", "Timo Aila"),
    paper_venue="IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)",
    paper_year=2019,
    paper_doi="10.48550/arXiv.1812.04948",
    bibtex_key="karras2019style",
    collection="Photos that their authors published on Flickr under permissive licences.",
    annotation="68 face landmarks found by dlib; eye centres and mouth corners are made of them.",
    annotation_platform="Amazon Mechanical Turk, for removing what is no photo of a person.",
    sensitive=(
        "The pictures show the faces of real people, and with them what a face tells of gender,"
        " ethnicity or age. Credits hold authors' names, and for some pictures a country."
    ),
    uses="Research on generating, editing and analysing pictures of faces.",
    social_impact=(
        "Models trained on it can make pictures of faces that mislead. The pictures remain their"
        " authors', who can have them removed."
    ),
)

METFACES = Terms(
    name="MetFaces",
    terms=(
        "The source images are made available by the Metropolitan Museum of Art under CC0 1.0. The"
        " dataset, its metadata and NVIDIA's own processed images included, is licensed CC BY-NC"
        " 2.0 by NVIDIA Corporation: credit it by citing the paper, indicate changes, no commercial"
        " use."
    ),
    caution=(
        "The pictures show works of art of one museum, and inherit the biases of its collection and"
        f" of the times that made them. {_FACE_RECOGNITION} Neither the set nor a model trained on"
        " it represents people or art at large."
    ),
    contact="Questions and removals: researchinquiries@nvidia.com",
    citation=(
        "Tero Karras, Miika Aittala, Janne Hellsten, Samuli Laine, Jaakko Lehtinen, Timo Aila:"
        " Training Generative Adversarial Networks with Limited Data. NeurIPS 2020."
        " arXiv 2006.06676."
    ),
    homepage=_METFACES,
    same_as=(f"{_METFACES}/tree/7eb7adf44c20957a9be8238c088f8dc72c7e2872",),
    description=(
        "Pictures of works of art by path and digest, with 68 face landmarks each, from which"
        " aligned faces can be built."
    ),
    keywords=("faces", "art", "museum", "alignment", "generative models"),
    metadata_licence="CC-BY-NC-2.0",
    picture_licence="CC0-1.0",
    authors=_LIMITED_DATA_AUTHORS,
    paper_title="Training Generative Adversarial Networks with Limited Data",
    paper_authors=_LIMITED_DATA_AUTHORS,
    paper_venue="Advances in Neural Information Processing Systems (NeurIPS)",
    paper_year=2020,
    paper_doi="10.48550/arXiv.2006.06676",
    bibtex_key="karras2020training",
    collection="Pictures of the Metropolitan Museum of Art, by way of its Collection API.",
    annotation="68 face landmarks found by dlib; eye centres and mouth corners are made of them.",
)

_KNOWN = {"ffhq": FFHQ, "metfaces": METFACES}
"""By what a face's field `DATASET` says."""


def terms_of(description: Path | None, manifest: Manifest) -> Terms:
    """The terms that a `dataset.toml` states; without one, those that the manifest's kind has.

    Raises:
        InputError: the file cannot be read or says something unknown.
    """
    if description is not None:
        return read_terms(description)
    named = {name if isinstance(name, str) else None for name in map(_dataset_of, manifest)}
    if len(named) == 1 and (known := _KNOWN.get(named.pop() or "")):
        return known
    is_own = any(is_local(face.photo.url) for face in manifest)
    return UNSTATED if is_own else AAHQ


def _dataset_of(face: Face) -> object:
    return face.extra.get(DATASET)
