"""Signing in and out, and one's own password."""

from django.contrib.auth import views
from django.urls import reverse_lazy


class SignIn(views.LoginView):
    """The sign-in page; too many failures lock the account for a while (django-axes)."""

    redirect_authenticated_user = True


class SignOut(views.LogoutView):
    """Signing out, by POST."""

    next_page = "accounts:login"


class ChangePassword(views.PasswordChangeView):
    """One's own password; back to the work page afterwards."""

    template_name = "registration/change_password.html"
    success_url = reverse_lazy("meetings:home")
