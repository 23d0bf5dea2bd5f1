"""Addresses of meetings, the room, documents, tasks, and the conversion clock."""

from django.urls import path

from meetings.views import agenda, clock, documents, home, room, tasks

app_name = "meetings"
urlpatterns = [
    path("", home.home, name="home"),
    path("meetings/", agenda.meeting_list, name="list"),
    path("meetings/new/", agenda.new, name="new"),
    path("meetings/<int:pk>/", agenda.detail, name="detail"),
    path("meetings/<int:pk>/edit/", agenda.edit, name="edit"),
    path("meetings/<int:pk>/open/", agenda.open_, name="open"),
    path("meetings/<int:pk>/close/", agenda.close, name="close"),
    path("meetings/<int:pk>/attendance/", agenda.attendance, name="attendance"),
    path("meetings/<int:pk>/agenda/", agenda.add, name="add"),
    path("meetings/<int:pk>/agenda/<int:item>/move/", agenda.move, name="move"),
    path("meetings/<int:pk>/agenda/<int:item>/remove/", agenda.remove, name="remove"),
    path("meetings/<int:pk>/room/", room.room, name="room"),
    path("meetings/<int:pk>/wall/", room.wall, name="wall"),
    path("meetings/<int:pk>/items/<int:item>/show/", room.show, name="show"),
    path("meetings/<int:pk>/items/<int:item>/decision/", room.decision, name="decision"),
    path("meetings/<int:pk>/items/<int:item>/defer/", room.defer, name="defer"),
    path("stagings/<int:pk>/last-decision/", room.last_decision_page, name="last-decision"),
    path("meetings/<int:pk>/documents/", documents.documents, name="documents"),
    path("meetings/<int:pk>/documents/draft/", documents.draft, name="draft_documents"),
    path("documents/<int:pk>/", documents.document, name="document"),
    path("documents/<int:pk>/edit/", documents.edit, name="edit_document"),
    path("documents/<int:pk>/release/", documents.release, name="release_document"),
    path("documents/<int:pk>/pdf/", documents.pdf, name="document_pdf"),
    path("documents/<int:pk>/text/", documents.plain_text, name="document_text"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:pk>/end/", tasks.end_element, name="end_element"),
    path("patients/<int:pk>/decisions/", tasks.patient_decisions, name="patient_decisions"),
    path("reassessments/", clock.clock, name="clock"),
    path("reassessments/list.csv", clock.clock_csv, name="clock_csv"),
    path("reassessments/<int:pk>/start/", clock.confirm_start, name="confirm_start"),
    path("reassessments/<int:pk>/scan-booked/", clock.book_scan, name="book_scan"),
    path("reassessments/<int:pk>/scan-done/", clock.scan_done, name="scan_done"),
    path("reassessments/<int:pk>/not-needed/", clock.not_needed, name="not_needed"),
    path("reassessments/<int:pk>/agenda/", clock.to_agenda, name="to_agenda"),
]
