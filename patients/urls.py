"""Addresses of the record."""

from django.urls import path

from patients.views.cycles import line_cycles
from patients.views.identity import edit, new, vital_status
from patients.views.listing import patient_list
from patients.views.record import detail, history
from patients.views.series import add_row, change_row, confirm_start, end, measure
from patients.views.stagings import new_staging, withdraw

app_name = "patients"
urlpatterns = [
    path("patients/", patient_list, name="list"),
    path("patients/new/", new, name="new"),
    path("patients/<int:pk>/", detail, name="detail"),
    path("patients/<int:pk>/edit/", edit, name="edit"),
    path("patients/<int:pk>/status/", vital_status, name="status"),
    path("patients/<int:pk>/history/", history, name="history"),
    path("patients/<int:pk>/stagings/new/", new_staging, name="new_staging"),
    path("patients/<int:pk>/stagings/<int:staging_pk>/withdraw/", withdraw, name="withdraw"),
    path("patients/<int:pk>/study/<int:row_pk>/measure/", measure, name="measure"),
    path("patients/<int:pk>/line/<int:row_pk>/start/", confirm_start, name="line_start"),
    path("patients/<int:pk>/line/<int:row_pk>/cycles/", line_cycles, name="line_cycles"),
    path("patients/<int:pk>/line/<int:row_pk>/end/", end, name="line_end"),
    path("patients/<int:pk>/<slug:kind>/add/", add_row, name="add_row"),
    path("patients/<int:pk>/<slug:kind>/<int:row_pk>/", change_row, name="change_row"),
]
