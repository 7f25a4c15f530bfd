import 'example.dart';
import 'page.dart';

const question = [
  {'rooms': 3, 'town': 'Rome'},
  {'rooms': 7, 'town': null},
];

Future<void> main() async {
  final statistics = Statistics(api.resolve('ai/statistical/'), headers);
  final profile = await statistics.describeCsv('houses.csv');
  check(profile['rows'] == 60, profile);
  check((await statistics.describe(question))['rows'] == 2, question);

  final id = await statistics.trainOnCsv('houses.csv', 'houses', 'price');
  final model = await statistics.finished(id);
  check(model['version'] == 1, model);
  final predictions = await statistics.predict(id, question);
  check(predictions.length == 2 && predictions.first['value'] > 100000, predictions);
  final same = await statistics.predictByName('houses', question);
  check('$same' == '$predictions', same);
  check((await statistics.report(id)).contains('</html>'), id);

  final few = await statistics.train('few', 'rooms', question);
  final error = await failureOf(statistics.finished(few));
  check('$error'.contains('rows'), error);
  check((await statistics.models()).length == 2, few);

  await statistics.delete(id);
  await failureOf(statistics.model(id));
}
