package dev.holdfast.testkit;

import java.util.Scanner;

/** A child that repeats what it is told, until it is told to end. */
final class Echo {
  private Echo() {}

  public static void main(String[] arguments) {
    System.err.println("to the errors");
    System.out.println("READY " + arguments[0] + System.getProperty("extra", ""));
    Scanner input = new Scanner(System.in, java.nio.charset.StandardCharsets.UTF_8);
    while (input.hasNextLine()) {
      String line = input.nextLine();
      if (line.equals("end")) {
        System.exit(3);
      }
      System.out.println(line);
    }
  }
}
