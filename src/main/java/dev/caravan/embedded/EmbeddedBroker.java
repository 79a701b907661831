package dev.caravan.embedded;

import dev.caravan.component.rabbitmq.ReadyMessages;
import dev.caravan.node.StartRefused;
import java.lang.reflect.Field;
import java.net.BindException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.server.SystemLauncher;
import org.apache.qpid.server.SystemLauncherListener;
import org.apache.qpid.server.model.Broker;
import org.apache.qpid.server.model.ConfiguredObject;
import org.apache.qpid.server.model.Port;
import org.apache.qpid.server.model.Queue;
import org.apache.qpid.server.model.State;
import org.apache.qpid.server.model.SystemConfig;
import org.apache.qpid.server.model.VirtualHostNode;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.amqp.RabbitConnectionDetails;
import org.springframework.util.ReflectionUtils;

/**
 * Qpid Broker-J inside this JVM: AMQP 0-9-1 on loopback, everything in memory, gone with the process.
 *
 * <p>It serves one virtual host, reached as {@code /} and as the empty name, to one user, {@value #USER}. Each start makes a
 * new password, because other users of the machine reach the port too. It knows none of RabbitMQ's queue arguments: a
 * declaration with any {@code x-…} of them ends the connection. Thread-safe once started; {@link #close()} may be called more
 * than once.
 */
final class EmbeddedBroker implements RabbitConnectionDetails, ReadyMessages, AutoCloseable {
    static final String HOST = "127.0.0.1";
    static final String USER = "caravan";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);

    private final SystemLauncher launcher;
    private final Broker<?> broker;
    private final int port;
    private final String password;

    private EmbeddedBroker(SystemLauncher launcher, Broker<?> broker, int port, String password) {
        this.launcher = launcher;
        this.broker = broker;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts a broker and returns when it accepts connections.
     *
     * @param directory an existing directory below which Qpid may write; with the memory store it does not
     * @param port TCP port, or 0 for any free one
     * @throws StartRefused if it cannot start, for instance because the port is taken
     */
    static EmbeddedBroker start(Path directory, int port) {
        Startup startup = new Startup();
        SystemLauncher launcher = new SystemLauncher(startup);
        String password = JoinFile.newPassword();
        try {
            launcher.startup(attributes(directory.resolve("broker"), port, password));
            Broker<?> broker = startup.broker();
            leaveShutdownToUs(broker);
            EmbeddedBroker started = new EmbeddedBroker(launcher, broker, boundPort(broker), password);
            LOG.info("Embedded broker (AMQP 0-9-1) on {}:{}, in memory", HOST, started.port);
            return started;
        } catch (Exception e) {
            launcher.shutdown();
            throw new StartRefused(
                    "The embedded broker did not start on " + HOST + ":" + (port == 0 ? "any free port" : port)
                            + (isTaken(e) ? ": the port is in use" : ": " + e)
                            + ". Choose another one (--caravan.embedded.broker-port=0: any that is free), or use a RabbitMQ"
                            + " (--spring.rabbitmq.addresses=HOST:5672).",
                    e);
        }
    }

    /** The TCP port it listens on, on {@value #HOST}. */
    int port() {
        return port;
    }

    @Override
    public String getUsername() {
        return USER;
    }

    @Override
    public String getPassword() {
        return password;
    }

    @Override
    public String getVirtualHost() {
        return "/";
    }

    @Override
    public List<Address> getAddresses() {
        return List.of(new Address(HOST, port));
    }

    @Override
    public long readyMessages(String name) {
        VirtualHostNode<?> node = broker.getVirtualHostNodes().iterator().next();
        Queue<?> queue = ((QueueManagingVirtualHost<?>) node.getVirtualHost()).getAttainedQueue(name);
        return queue == null ? 0 : queue.getAvailableMessages();
    }

    /** Stops the broker within seconds. It closes the connections of its clients and drops all messages. */
    @Override
    public void close() {
        launcher.shutdown();
    }

    private static boolean isTaken(Throwable failure) {
        return failure instanceof BindException
                || failure instanceof PortTaken
                || failure.getCause() != null && isTaken(failure.getCause());
    }

    private static Map<String, Object> attributes(Path workDirectory, int port, String password) {
        return Map.of(
                ConfiguredObject.TYPE, "Memory",
                SystemConfig.INITIAL_CONFIGURATION_LOCATION, resource("broker.json"),
                SystemConfig.INITIAL_SYSTEM_PROPERTIES_LOCATION, resource("broker.properties"),
                SystemConfig.STARTUP_LOGGED_TO_SYSTEM_OUT, false,
                ConfiguredObject.CONTEXT,
                        Map.of(
                                SystemConfig.QPID_WORK_DIR,
                                workDirectory.toString(),
                                "caravan.host",
                                HOST,
                                "caravan.port",
                                Integer.toString(port),
                                "caravan.user",
                                USER,
                                "caravan.password",
                                password));
    }

    private static String resource(String name) {
        return Objects.requireNonNull(EmbeddedBroker.class.getResource(name), name)
                .toString();
    }

    private static int boundPort(Broker<?> broker) {
        Port<?> port = broker.getPorts().iterator().next();
        if (port.getState() != State.ACTIVE) {
            throw new PortTaken("Port " + port.getPort() + " is " + port.getState());
        }
        return port.getBoundPort();
    }

    /**
     * Qpid 9.2.1 registers a JVM shutdown hook, which no setting turns off. On SIGTERM it would run beside Spring's and
     * take the broker away while routes still process messages. Pinned by {@code EmbeddedBrokerTest}.
     */
    private static void leaveShutdownToUs(Broker<?> broker) {
        Field hook = ReflectionUtils.findField(broker.getClass(), "_shutdownHook", Thread.class);
        if (hook == null) {
            throw new IllegalStateException("This version of Qpid keeps its shutdown hook elsewhere");
        }
        ReflectionUtils.makeAccessible(hook);
        try {
            Runtime.getRuntime().removeShutdownHook((Thread) ReflectionUtils.getField(hook, broker));
        } catch (IllegalStateException e) {
            LOG.debug("The JVM stops already", e);
        }
    }

    /** Qpid starts without a port that it could not open. */
    private static final class PortTaken extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        PortTaken(String message) {
            super(message);
        }
    }

    /** Receives from the launcher the broker that it made, or why it made none. */
    private static final class Startup extends SystemLauncherListener.DefaultSystemLauncherListener {
        private volatile SystemConfig<?> systemConfig;
        private volatile RuntimeException failure;

        @Override
        public void onContainerResolve(SystemConfig<?> resolved) {
            systemConfig = resolved;
        }

        @Override
        public void errorOnStartup(RuntimeException e) {
            failure = e;
        }

        Broker<?> broker() {
            if (failure != null) {
                throw failure;
            }
            return (Broker<?>) systemConfig.getContainer();
        }
    }
}
