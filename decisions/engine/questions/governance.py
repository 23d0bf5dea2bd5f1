"""Is this meeting in a position to decide?"""

from decisions.engine.logic import Const
from decisions.engine.questions.question import Argument, Question

GOVERNANCE = Question(
    "governance",
    "Is this meeting in a position to decide?",
    applies=Const(True),
    options=(),
    arguments=(
        Argument(
            "G-01",
            None,
            "caution",
            "ECCO essential requirements (quality standard): every case of colorectal liver metastases is presented to a multidisciplinary team at diagnosis; this case is recorded as not discussed then.",
            section="3.1",
            refs=("17",),
            verified="yes",
        ),
        Argument(
            "G-02",
            None,
            "caution",
            "Referral studies (survey and narrative): review without a hepatobiliary surgeon is named as a cause of under-use of surgery; none is recorded as present.",
            section="1; 5",
            refs=("9", "10", "100"),
            verified="yes",
        ),
        Argument(
            "G-03",
            None,
            "caution",
            "AHPBA consensus and agreement studies (expert opinion): seven disciplines make up the board (medical oncology, surgical oncology, radiology, pathology, interventional radiology, radiation oncology, genetics); at least one is not recorded as present.",
            section="5",
            refs=("99", "100"),
            verified="yes",
        ),
        Argument(
            "AI-01",
            None,
            "caution",
            "The review (narrative, ethical): a model output is a suggestion and does not replace clinical judgement; the clinician who accepted it is recorded with it.",
            section="11",
            refs=("169",),
            verified="yes",
        ),
    ),
)
