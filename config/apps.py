"""Django's admin with our own door; named in INSTALLED_APPS in place of Django's."""

from django.contrib.admin import apps


class Admin(apps.AdminConfig):
    default = False  # this module belongs to another app, which must not take it for its own
    default_site = "config.admin.Site"
