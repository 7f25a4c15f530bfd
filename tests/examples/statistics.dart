import 'dart:io';

import 'example.dart';
import 'page.dart';

const question = [
  {'rooms': 3, 'town': 'Rome'},
  {'rooms': 7, 'town': null},
];

/// A table of twenty houses in each of two towns, as the page makes it.
Future<void> writeHouses() => File('houses.csv').writeAsString([
      'rooms,town,price',
      for (var rooms = 1; rooms <= 20; rooms++) ...[
        '$rooms,Rome,${40000 + 50000 * rooms}',
        '$rooms,Ulm,${15000 + 50000 * rooms}',
      ],
    ].map((line) => '$line\n').join());

Future<void> main() async {
  await writeHouses();
  final statistics = Statistics(api.resolve('ai/statistical/'), headers);
  final profile = await statistics.describeCsv('houses.csv');
  check(profile['rows'] == 40, profile);
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
