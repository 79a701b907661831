package dev.caravan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedBrokerTest {

    @TempDir
    static Path directory;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.start(directory, 0);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", ""})
    void confirmsAndDelivers(String virtualHost) throws Exception {
        try (Connection connection = connect(virtualHost, broker.getPassword());
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("jobs", true, false, false, null);
            channel.confirmSelect();
            channel.basicPublish("", "jobs", MessageProperties.PERSISTENT_TEXT_PLAIN, bytes("work"));
            channel.waitForConfirmsOrDie(5_000);

            GetResponse received = await().until(() -> channel.basicGet("jobs", true), response -> response != null);
            assertThat(received.getBody()).isEqualTo(bytes("work"));
        }
    }

    @Test
    void tellsHowManyMessagesAreWithNoConsumer() throws Exception {
        try (Connection connection = connect("/", broker.getPassword());
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("counted", true, false, false, null);
            channel.confirmSelect();
            for (int i = 0; i < 3; i++) {
                channel.basicPublish("", "counted", MessageProperties.PERSISTENT_TEXT_PLAIN, bytes("work"));
            }
            channel.waitForConfirmsOrDie(5_000);
            assertThat(channel.basicGet("counted", false)).isNotNull(); // and not acknowledged

            assertThat(broker.readyMessages("counted")).isEqualTo(2);
            assertThat(broker.readyMessages("none")).isZero();
        }
    }

    @Test
    void servesOneHostUnderBothNames() throws Exception {
        try (Connection named = connect("/", broker.getPassword());
                Connection unnamed = connect("", broker.getPassword());
                Channel channel = named.createChannel();
                Channel other = unnamed.createChannel()) {
            channel.queueDeclare("shared", true, false, false, null);
            assertThat(other.queueDeclarePassive("shared").getQueue()).isEqualTo("shared");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"caravan", "guest"})
    void refusesWhoDoesNotKnowThePassword(String user) {
        for (String password : List.of("wrong", "guest", "caravan", "")) {
            assertThatThrownBy(() -> connect("/", user, password))
                    .isInstanceOf(PossibleAuthenticationFailureException.class);
        }
    }

    @Test
    void hasAnotherPasswordAtEachStart(@TempDir Path elsewhere) {
        EmbeddedBroker other = EmbeddedBroker.start(elsewhere, 0);
        try {
            assertThat(other.getPassword()).hasSize(48).isNotEqualTo(broker.getPassword());
        } finally {
            other.close();
        }
    }

    @Test
    void listensOnLoopbackOnly() throws Exception {
        for (InetAddress address : outerAddresses()) {
            assertThatIOException().as(address.toString()).isThrownBy(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(address, broker.port()), 2_000);
                }
            });
        }
    }

    @Test
    void saysWhichPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> EmbeddedBroker.start(directory, taken.getLocalPort()))
                    .withMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void leavesNoFiles() {
        assertThat(directory).isEmptyDirectory();
    }

    private static Connection connect(String virtualHost, String password) throws Exception {
        return connect(virtualHost, EmbeddedBroker.USER, password);
    }

    private static Connection connect(String virtualHost, String user, String password) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        factory.setUsername(user);
        factory.setPassword(password);
        return factory.newConnection();
    }

    private static List<InetAddress> outerAddresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress())
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
