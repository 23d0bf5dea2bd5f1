"""The API of the rulebook: versions and drafts to read, and the second person's answer.

Drafts are written on the rulebook's pages; approving and sending back go through the same services, so that the
author cannot approve by this way either.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from decisions import services
from decisions.engine.thresholds import ThresholdError
from decisions.models import DraftChange, DraftStep, RulebookDraft, RulebookVersion
from decisions.previews import impact_of, sides_of


class MayReadRulebook(BasePermission):
    """Everybody with a role."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.has_perm("decisions.view_rulebook"))


class VersionSerializer(serializers.ModelSerializer[RulebookVersion]):
    """A version without its numbers; `profile` is null for the board's own."""

    profile = serializers.CharField(source="profile.code", default=None)

    class Meta:
        model = RulebookVersion
        fields = ("number", "profile", "valid_from", "reason", "hash", "changes")


class VersionDetailSerializer(VersionSerializer):
    """A version with every threshold."""

    thresholds = serializers.DictField()

    class Meta(VersionSerializer.Meta):
        fields = (*VersionSerializer.Meta.fields, "thresholds")  # type: ignore[assignment]


class VersionsView(viewsets.ReadOnlyModelViewSet[RulebookVersion]):
    """Every version of the rulebook, the newest first; by its number."""

    queryset = RulebookVersion.objects.select_related("profile").order_by("-number")
    serializer_class = VersionSerializer
    permission_classes = (MayReadRulebook,)
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"

    @extend_schema(responses=VersionDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One version with every threshold."""
        return Response(VersionDetailSerializer(self.get_object()).data)


class ChangeSerializer(serializers.ModelSerializer[DraftChange]):
    """Another value of one threshold."""

    class Meta:
        model = DraftChange
        fields = ("name", "value", "reason", "reference")


class StepSerializer(serializers.ModelSerializer[DraftStep]):
    """A step on the way of a draft; `by` is null for the program itself."""

    by = serializers.CharField(source="by.username", default=None)

    class Meta:
        model = DraftStep
        fields = ("kind", "by", "at", "comment", "details")


class DraftSerializer(serializers.ModelSerializer[RulebookDraft]):
    """A draft with its changes."""

    profile = serializers.CharField(source="profile.code", default=None)
    base = serializers.IntegerField(source="base.number")
    author = serializers.CharField(source="author.username")
    approved_by = serializers.CharField(source="approved_by.username", default=None)
    version = serializers.IntegerField(source="version.number", default=None)
    changes = ChangeSerializer(many=True)

    class Meta:
        model = RulebookDraft
        fields = (
            "id", "title", "profile", "base", "holds_from", "state", "revision", "author", "approved_by", "version",
            "changes",
        )  # fmt: skip


class DraftDetailSerializer(DraftSerializer):
    """A draft with its trail, and what it would do to the stored cases (null where its numbers do not fit)."""

    steps = StepSerializer(many=True)
    impact = serializers.SerializerMethodField()

    class Meta(DraftSerializer.Meta):
        fields = (*DraftSerializer.Meta.fields, "steps", "impact")  # type: ignore[assignment]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_impact(self, draft: RulebookDraft) -> dict[str, Any] | None:
        """Cases in all, cases in which something changes, and by family of answers."""
        try:
            return impact_of(sides_of(draft)).figures()
        except ThresholdError:
            return None


class AnswerSerializer(serializers.Serializer[Any]):
    """The second person's answer: the revision that was looked at, and why.

    `typed` holds the new value of every changed threshold that a safety rule reads, as text.
    """

    revision = serializers.IntegerField()
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)
    typed = serializers.DictField(child=serializers.CharField(), required=False, default=dict)


class DraftsView(viewsets.ReadOnlyModelViewSet[RulebookDraft]):
    """Drafts of the rulebook, the newest first."""

    queryset = RulebookDraft.objects.none()
    serializer_class = DraftSerializer
    permission_classes = (MayReadRulebook,)

    def get_queryset(self) -> QuerySet[RulebookDraft]:
        people = ("base", "profile", "author", "approved_by", "version")
        return RulebookDraft.objects.select_related(*people).prefetch_related("changes", "steps__by")

    @extend_schema(responses=DraftDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One draft with its trail and its impact."""
        return Response(DraftDetailSerializer(self.get_object()).data)

    @extend_schema(
        summary="Approve a draft of somebody else",
        request=AnswerSerializer,
        responses={
            200: DraftSerializer,
            403: OpenApiResponse(OpenApiTypes.OBJECT, "The author, or no approver"),
        },
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """It holds from its day; when that has come, from now on."""
        given = self._given(request)
        return self._done(
            lambda by, draft: services.approve_draft(
                by=by, draft=draft, revision=given["revision"], typed=given["typed"], comment=given["comment"]
            )
        )

    @extend_schema(
        summary="Send a draft back to its author", request=AnswerSerializer, responses={200: DraftSerializer}
    )
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        """With what should be different."""
        given = self._given(request)
        return self._done(
            lambda by, draft: services.send_back(
                by=by, draft=draft, revision=given["revision"], comment=given["comment"]
            )
        )

    def _given(self, request: Request) -> dict[str, Any]:
        answer = AnswerSerializer(data=request.data)
        answer.is_valid(raise_exception=True)
        found: dict[str, Any] = answer.validated_data
        return found

    def _done(self, work: Callable[[User, RulebookDraft], RulebookDraft]) -> Response:
        user = self.request.user
        if not isinstance(user, User):
            raise exceptions.NotAuthenticated
        draft = work(user, self.get_object())
        return Response(DraftSerializer(self.get_queryset().get(pk=draft.pk)).data)
