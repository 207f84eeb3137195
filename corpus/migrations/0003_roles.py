"""The three roles, as Django groups."""

from django.db import migrations


def create(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    for name in ("rater", "curator", "administrator"):
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("corpus", "0002_append_only"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
