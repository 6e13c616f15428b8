package dev.holdfast.resource.pool;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import javax.sql.DataSource;

/** Database connections, given on without the last borrower's transaction. */
final class JdbcConnections implements ConnectionManager<Connection> {
  private static final int VALID_SECONDS = 5; // the pool's own time-out may end it sooner

  private final DataSource source;
  private final Optional<String> reset;

  JdbcConnections(DataSource source, Optional<String> reset) {
    this.source = source;
    this.reset = reset;
  }

  @Override
  public Connection create() throws SQLException {
    return source.getConnection();
  }

  @Override
  public boolean validate(Connection connection) throws SQLException {
    return connection.isValid(VALID_SECONDS);
  }

  @Override
  public void recycle(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
    if (connection.isReadOnly()) {
      connection.setReadOnly(false);
    }
    connection.clearWarnings();
    if (reset.isPresent()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(reset.get());
      }
    }
  }

  @Override
  public void destroy(Connection connection) throws SQLException {
    connection.close();
  }
}
