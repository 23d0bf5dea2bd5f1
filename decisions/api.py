"""The API of this app: assess a document, cases in and out, stagings and assessments to read.

Errors are problem+json with `errors: [{path, value, message}]`. Only what the user may see is there.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers, status, viewsets
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Centre, User
from decisions.closed import closed_for
from decisions.documents import export_documents, import_documents
from decisions.engine.assess import assess
from decisions.engine.document import DocumentError, parse
from decisions.engine.schema import case_schema
from decisions.models import Assessment
from decisions.rulebooks import current_thresholds
from decisions.selectors import latest_assessment, latest_frozen, with_superseded
from patients.models import Patient, Staging
from patients.selectors import log_access, visible_patients

_FLAGS = ("amend", "stage", "dry_run")


class RefusedError(exceptions.ValidationError):
    """A request that is refused; `problems` lists what is wrong: `{path, value, message}` each."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__([item["message"] for item in problems])
        self.problems = problems


def _user(request: Request) -> User:
    user = request.user
    if not isinstance(user, User):
        raise exceptions.NotAuthenticated
    return user


@extend_schema(
    operation_id="assess",
    summary="Assess a case document; nothing is stored",
    request=OpenApiTypes.OBJECT,
    responses={
        200: OpenApiResponse(OpenApiTypes.OBJECT, "The assessment document (crlm-assessment/1)"),
        400: OpenApiResponse(OpenApiTypes.OBJECT, "problem+json with `errors: [{path, value, message}]`"),
    },
)
@api_view(["POST"])
def assess_document(request: Request) -> Response:
    """A case document (`crlm-case/1`) in, its assessment under the rulebook in force out."""
    try:
        case = parse(request.data)
    except DocumentError as error:
        found = [{"path": item.path, "value": item.value, "message": item.message} for item in error.errors]
        raise RefusedError(found) from error
    return Response(assess(case, current_thresholds()))


@extend_schema(
    operation_id="case_schema",
    summary="The JSON Schema of a case document",
    responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "JSON Schema, made from the engine's vocabulary")},
)
@api_view(["GET"])
@permission_classes([AllowAny])
def case_document_schema(request: Request) -> Response:
    """It holds no data of anybody and is open to everyone."""
    return Response(case_schema(), content_type="application/schema+json")


class ReportSerializer(serializers.Serializer[Any]):
    """What became of an import."""

    read = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.ListField(child=serializers.DictField())
    ignored = serializers.ListField(child=serializers.DictField())


def _flag(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        message = f"{value!r} is not allowed; allowed: true or false."
        raise RefusedError([{"path": name, "value": value, "message": message}])
    return value in ("true", "1")


def _centre(request: Request) -> Centre | None:
    code = request.query_params.get("centre")
    if code is None:
        return None
    centre = Centre.objects.filter(code=code).first()
    if centre is None:
        message = f"There is no centre {code!r}; allowed: the code of a centre."
        raise RefusedError([{"path": "centre", "value": code, "message": message}])
    return centre


class CasesView(viewsets.ViewSet):
    """Case documents: one for each staging."""

    @extend_schema(
        operation_id="cases_export",
        summary="Export case documents",
        parameters=[
            OpenApiParameter("case", str, many=True, description="Only these case ids (repeat the parameter)")
        ],
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "An array of case documents (crlm-case/1)")},
    )
    def list(self, request: Request) -> Response:
        """The documents of all stagings in use that the user may see, by case and date."""
        try:
            documents = export_documents(
                by=_user(request), case_ids=request.query_params.getlist("case") or None
            )
        except ValidationError as error:
            wanted = request.query_params.getlist("case")
            found = [{"path": "case", "value": wanted, "message": text} for text in error.messages]
            raise RefusedError(found) from error
        ids = {document["case"]["id"] for document in documents}
        for patient in Patient.objects.filter(case_id__in=ids):
            log_access(request, patient)
        return Response(documents)

    @extend_schema(
        operation_id="cases_import",
        summary="Import case documents",
        parameters=[
            *(OpenApiParameter(name, bool, description="Default: false") for name in _FLAGS),
            OpenApiParameter("centre", str, description="The code of the centre of new patients"),
        ],
        request=OpenApiTypes.OBJECT,
        responses={
            200: ReportSerializer,
            422: OpenApiResponse(ReportSerializer, "Some records were refused; the others are in"),
        },
    )
    def create(self, request: Request) -> Response:
        """One document or an array of them; each goes in whole or not at all."""
        documents = request.data if isinstance(request.data, list) else [request.data]
        report = import_documents(
            by=_user(request),
            documents=documents,
            centre=_centre(request),
            amend=_flag(request, "amend"),
            stage=_flag(request, "stage"),
            dry_run=_flag(request, "dry_run"),
        )
        refused = status.HTTP_422_UNPROCESSABLE_ENTITY
        return Response(report.as_dict(), status=refused if report.refused else status.HTTP_200_OK)


class StagingSerializer(serializers.ModelSerializer[Staging]):
    """A staging without its facts."""

    case_id = serializers.CharField(source="patient.case_id")

    class Meta:
        model = Staging
        fields = ("id", "case_id", "date", "kind", "question", "lesions_complete", "withdrawn_at")


class StagingDetailSerializer(StagingSerializer):
    """A staging with its newest staged version: document, where each fact comes from, assessment."""

    version = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField()
    provenance = serializers.SerializerMethodField()
    assessment = serializers.SerializerMethodField()

    class Meta(StagingSerializer.Meta):
        fields = (*StagingSerializer.Meta.fields, "version", "document", "provenance", "assessment")  # type: ignore[assignment]

    def get_version(self, staging: Staging) -> int | None:
        """The number of the newest staged version; null while the case was never staged."""
        version = latest_frozen(staging)
        return version.number if version else None

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get_document(self, staging: Staging) -> dict[str, Any] | None:
        """The frozen case document."""
        version = latest_frozen(staging)
        return version.document if version else None

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get_provenance(self, staging: Staging) -> dict[str, Any] | None:
        """By fact: origin, day of observation, basis, who and when."""
        version = latest_frozen(staging)
        return version.provenance if version else None

    def get_assessment(self, staging: Staging) -> int | None:
        """The id of its assessment; null while there is none."""
        assessment = latest_assessment(staging)
        return assessment.pk if assessment else None


class StagingsView(viewsets.ReadOnlyModelViewSet[Staging]):
    """Stagings of the patients that the user may see."""

    queryset = Staging.objects.none()
    serializer_class = StagingSerializer

    def get_queryset(self) -> QuerySet[Staging]:
        visible = visible_patients(_user(self.request))
        return Staging.objects.filter(patient__in=visible).select_related("patient").order_by("pk")

    @extend_schema(responses=StagingDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One staging with its newest staged version."""
        staging = self.get_object()
        log_access(request, staging.patient)
        return Response(StagingDetailSerializer(staging).data)


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    """An assessment without its result."""

    case_id = serializers.CharField(source="staging_version.staging.patient.case_id")
    staging = serializers.IntegerField(source="staging_version.staging_id")
    version = serializers.IntegerField(source="staging_version.number")
    rulebook = serializers.IntegerField(source="rulebook.number")
    superseded = serializers.BooleanField()

    class Meta:
        model = Assessment
        fields = (
            "id", "case_id", "staging", "version", "rulebook", "engine_version", "superseded", "content_hash",
            "created_at",
        )  # fmt: skip


class AssessmentDetailSerializer(AssessmentSerializer):
    """An assessment with its result (crlm-assessment/1)."""

    result = serializers.DictField()

    class Meta(AssessmentSerializer.Meta):
        fields = (*AssessmentSerializer.Meta.fields, "result")  # type: ignore[assignment]


class AssessmentsView(viewsets.ReadOnlyModelViewSet[Assessment]):
    """Assessments of the patients that the user may see, newest first."""

    queryset = Assessment.objects.none()
    serializer_class = AssessmentSerializer

    def get_queryset(self) -> QuerySet[Assessment]:
        visible = visible_patients(_user(self.request))
        found = with_superseded(Assessment.objects.filter(staging_version__staging__patient__in=visible))
        return found.select_related("staging_version__staging__patient", "rulebook").order_by("-pk")

    @extend_schema(responses=AssessmentDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One assessment with its result; 403 while the user's board has yet to vote on the case."""
        assessment = self.get_object()
        closed = closed_for(_user(request), assessment.staging_version.staging)
        if closed is not None:
            raise exceptions.PermissionDenied(closed.why)
        log_access(request, assessment.staging_version.staging.patient)
        return Response(AssessmentDetailSerializer(assessment).data)
