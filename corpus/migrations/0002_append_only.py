"""Evidence and decisions about licences are never changed, only added to."""

from django.db import migrations

from common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("corpus", "0001_initial")]
    operations = [append_only("corpus_licenceevidence"), append_only("corpus_licencedecision")]
