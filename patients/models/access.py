"""Who looked at whose record: reads are logged, as writes are audited."""

from django.conf import settings
from django.db import models

from patients.models.patient import Patient


class RecordAccess(models.Model):
    """One read of a patient's record."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    path = models.CharField(max_length=200)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "record accesses"

    def __str__(self) -> str:
        return f"{self.user} read {self.patient.case_id}"
