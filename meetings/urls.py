"""Addresses of meetings, the room, and the conversion clock."""

from django.urls import path

from meetings.views import agenda, booking, calendars, clock, home, reassessment, room

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
    path("reassessments/", clock.clock, name="clock"),
    path("reassessments/list.csv", clock.clock_csv, name="clock_csv"),
    path("reassessments/list.xlsx", clock.clock_xlsx, name="clock_xlsx"),
    path("reassessments/calls/", clock.calls, name="calls"),
    path("reassessments/book/", booking.bulk_book, name="bulk_book"),
    path("reassessments/agenda/", booking.bulk_agenda, name="bulk_agenda"),
    path("reassessments/postpone/", booking.bulk_postpone, name="bulk_postpone"),
    path("reassessments/stop/", booking.bulk_stop, name="bulk_stop"),
    path("reassessments/<int:pk>/start/", reassessment.confirm_start, name="confirm_start"),
    path("reassessments/<int:pk>/book/", booking.book, name="book"),
    path("reassessments/<int:pk>/scan-done/", reassessment.scan_done, name="scan_done"),
    path("reassessments/<int:pk>/not-needed/", reassessment.not_needed, name="not_needed"),
    path("reassessments/<int:pk>/agenda/", reassessment.to_agenda, name="to_agenda"),
    path("reassessments/<int:pk>/scan.ics", calendars.scan_file, name="scan_file"),
    path("meetings/<int:pk>/meeting.ics", calendars.meeting_file, name="meeting_file"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/<int:pk>/revoke/", calendars.revoke, name="revoke_calendar"),
    path("calendar/<str:secret>.ics", calendars.feed, name="feed"),
]
