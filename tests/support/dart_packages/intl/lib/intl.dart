/// The declarations of package:intl that generated clients use. For the type checker only.
library;

class DateFormat {
  external DateFormat([String? pattern]);
  external String format(DateTime date);
}
