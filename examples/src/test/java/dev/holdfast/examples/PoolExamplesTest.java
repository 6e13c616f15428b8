package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the pool's examples and reads what they print. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolExamplesTest {
  private interface Program {
    void run(String[] arguments) throws Exception;
  }

  private static String printedBy(Program program) throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      program.run(new String[0]);
    } finally {
      System.setOut(console);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void poolExample_oneProcessKilled_everyQuestionIsAnswered() throws Exception {
    assertThat(printedBy(PoolExample::main))
        .contains("lent=401")
        .contains("found dead=1")
        .contains("forced=0");
  }

  @Test
  void httpPoolExample_serverEnds_borrowersFailAtOnce() throws Exception {
    assertThat(printedBy(HttpPoolExample::main))
        .contains("answers: 100, clients: ")
        .contains("without a server: PoolUnavailableException");
  }
}
