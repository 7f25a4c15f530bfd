/// Stands in for package:flutter/material.dart, since there is no Flutter in tests: the widgets that
/// the pages use, with what is in them and without anything to see.
library;

class Key {}

abstract class Widget {
  const Widget({this.key});

  final Key? key;
}

abstract class BuildContext {}

abstract class StatefulWidget extends Widget {
  const StatefulWidget({super.key});

  State createState();
}

abstract class State<T extends StatefulWidget> {
  void initState() {}

  void setState(void Function() change) => change();

  Widget build(BuildContext context);
}

class MaterialApp extends Widget {
  const MaterialApp({super.key, required this.home});

  final Widget home;
}

class Scaffold extends Widget {
  const Scaffold({super.key, this.appBar, this.body, this.floatingActionButton});

  final Widget? appBar, body, floatingActionButton;
}

class AppBar extends Widget {
  const AppBar({super.key, this.title});

  final Widget? title;
}

class Text extends Widget {
  const Text(this.data, {super.key});

  final String data;
}

class Center extends Widget {
  const Center({super.key, this.child});

  final Widget? child;
}

class ListView extends Widget {
  const ListView({super.key, this.children = const []});

  final List<Widget> children;
}

class ListTile extends Widget {
  const ListTile({super.key, this.title});

  final Widget? title;
}

class FloatingActionButton extends Widget {
  const FloatingActionButton({super.key, required this.onPressed, this.child});

  final void Function()? onPressed;
  final Widget? child;
}

class IconData {}

class Icons {
  static const IconData? add = null;
}

class Icon extends Widget {
  const Icon(this.icon, {super.key});

  final IconData? icon;
}

/// Shows nothing.
void runApp(Widget app) {}
