import 'dart:io';

import 'api.dart';
import 'example.dart';
import 'page.dart' as page;
import 'statistics.dart';

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
  await enter();
  final client = Api(api), statistics = Statistics(client);
  await expire(); // and is renewed
  final profile = await statistics.describeCsv('houses.csv');
  check(profile['rows'] == 40, profile);
  check((await statistics.describe(question))['rows'] == 2, question);

  final id = await statistics.trainOnCsv('houses.csv', 'houses', 'price');
  final model = await statistics.waitUntilTrained(id);
  check(model['version'] == 1, model);
  final predictions = await statistics.predict(id, question);
  check(predictions.length == 2 && predictions.first['value'] > 100000, predictions);
  final same = await statistics.predictByName('houses', question);
  check('$same' == '$predictions', same);
  await expire();
  check((await statistics.report(id)).contains('</html>'), id);

  final few = await statistics.train('few', 'rooms', question);
  final error = await failureOf(statistics.waitUntilTrained(few));
  check('$error'.contains('rows'), error);
  check((await statistics.models()).length == 2, few);

  final prices = await page.predictPrices(client, 'houses.csv', question);
  check(prices.length == 2, prices);

  await statistics.delete(id);
  final gone = await failureOf(statistics.model(id));
  check(gone is ApiException && gone.status == 404, gone);
  client.close();
}
