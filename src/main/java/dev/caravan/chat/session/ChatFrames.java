package dev.caravan.chat.session;

import dev.caravan.chat.ChatAccessControl;
import dev.caravan.chat.ChatJson;
import dev.caravan.chat.ChatSettings;
import dev.caravan.chat.ClientFrame;
import dev.caravan.chat.Destinations;
import dev.caravan.chat.MessageRejected;
import dev.caravan.stomp.Command;
import dev.caravan.stomp.Frame;
import dev.caravan.stomp.HeartBeat;
import dev.caravan.stomp.StompException;
import dev.caravan.stomp.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * What the server does with a frame: one handler for each command that clients have. A handler changes the session and
 * says what is to be sent; it sends nothing itself. Stateless.
 */
@Component("chatFrames")
public class ChatFrames {
    private static final Logger LOG = LoggerFactory.getLogger(ChatFrames.class);
    private static final int NORMAL = 1000;
    private static final int PROTOCOL_ERROR = 1002;
    private static final int POLICY_VIOLATION = 1008;
    /** Fewer characters could be tried out. */
    private static final int SHORTEST_SECRET = 16;

    private static final String VERSIONS = "1.0,1.1,1.2";
    /** The property that tells a route whether the turn is to be said. */
    private static final String SAID = "chat.said";
    /** The property that tells a route whether somebody is to hear of the turn when that is done. */
    private static final String ANSWERED = "chat.answered";

    private final ChatSettings settings;
    private final Subscriptions subscriptions;
    private final ChatAccessControl door;
    private final Map<Command, Handler> handlers = new EnumMap<>(Command.class);

    private interface Handler {
        void handle(FrameContext turn) throws StompException, MessageRejected;
    }

    ChatFrames(ChatSettings settings, Subscriptions subscriptions, ChatAccessControl door) {
        this.settings = settings;
        this.door = door;
        this.subscriptions = subscriptions;
        handlers.put(Command.CONNECT, this::connect);
        handlers.put(Command.STOMP, this::connect);
        handlers.put(Command.SUBSCRIBE, subscriptions::subscribe);
        handlers.put(Command.UNSUBSCRIBE, subscriptions::unsubscribe);
        handlers.put(Command.ACK, subscriptions::acknowledge);
        handlers.put(Command.NACK, subscriptions::acknowledge);
        handlers.put(Command.BEGIN, turn -> turn.session().transactions().begin(transaction(turn)));
        handlers.put(Command.ABORT, turn -> turn.session().transactions().end(transaction(turn)));
        handlers.put(Command.COMMIT, ChatFrames::commit);
        handlers.put(Command.DISCONNECT, turn -> turn.close(NORMAL, "DISCONNECT"));
        handlers.put(Command.SEND, this::send);
    }

    /**
     * Works the turn that is the body. If somebody says something, the body becomes that, as text; its receipt is given
     * when it has been said, and that of a subscription with history when the history has been sent.
     */
    public void work(Exchange exchange) throws StompException, MessageRejected {
        FrameContext turn = exchange.getMessage().getBody(FrameContext.class);
        exchange.setProperty(ClientFrame.PROPERTY, turn);
        refuse(turn.refusal());
        boolean said = false;
        if (turn.frame() == null) {
            subscriptions.leave(turn);
        } else if (waitsForCommit(turn)) {
            turn.session().transactions().add(turn.frame().header("transaction"), turn.frame());
            receipt(turn);
        } else {
            said = handled(turn);
        }
        if (said) {
            exchange.getMessage().setBody(turn.frame().text());
        }
        // Two questions that each message is asked: a property answers them for a tenth of what a method costs.
        exchange.setProperty(SAID, said);
        exchange.setProperty(ANSWERED, turn.isAnswered());
    }

    private static void refuse(Exception why) throws StompException, MessageRejected {
        if (why instanceof StompException malformed) {
            throw malformed;
        }
        if (why instanceof MessageRejected refusal) {
            throw refusal;
        }
    }

    /** True if the frame has something to be said. */
    private boolean handled(FrameContext turn) throws StompException, MessageRejected {
        Command command = turn.frame().command();
        if (turn.stage() != FrameContext.Stage.DONE) {
            limit(turn, command);
            handler(turn, command).handle(turn);
        }
        if (turn.recall() == null && (command != Command.COMMIT || turn.stage() == FrameContext.Stage.DONE)) {
            receipt(turn);
        }
        return command == Command.SEND;
    }

    /** Acknowledgements are as many as messages were sent; one of nothing counts as any other frame. */
    private void limit(FrameContext turn, Command command) throws MessageRejected {
        if (command != Command.ACK && command != Command.NACK && !turn.session().mayGoOn()) {
            turn.close(POLICY_VIOLATION, "too fast");
            throw new MessageRejected("More than " + settings.rate() + " frames a second");
        }
    }

    private Handler handler(FrameContext turn, Command command) throws StompException {
        if (!command.fromClient()) {
            throw new StompException("Only the server sends " + command);
        }
        boolean opens = command == Command.CONNECT || command == Command.STOMP;
        if (opens == (turn.session().version() != null)) {
            throw new StompException(opens ? "CONNECT came before" : "The first frame must be CONNECT");
        }
        return handlers.get(command);
    }

    /** Whether the frame belongs to a transaction that is not committed. */
    private static boolean waitsForCommit(FrameContext turn) {
        return turn.stage() == FrameContext.Stage.CAME
                && turn.session().version() != null
                && turn.frame().header("transaction") != null
                && switch (turn.frame().command()) {
                    case SEND, ACK, NACK -> true;
                    default -> false;
                };
    }

    private static String transaction(FrameContext turn) throws StompException {
        String name = turn.frame().header("transaction");
        if (name == null) {
            throw new StompException("transaction is missing");
        }
        return name;
    }

    private static void commit(FrameContext turn) throws StompException {
        Session session = turn.session();
        session.commit(session.transactions().end(transaction(turn)), turn.frame());
    }

    private void connect(FrameContext turn) throws StompException, MessageRejected {
        Frame frame = turn.frame();
        Session session = turn.session();
        Version version = Version.negotiate(frame.header("accept-version"));
        HeartBeat asked = HeartBeat.parse(frame.header("heart-beat"));
        int millis = Math.toIntExact(settings.heartBeat().toMillis());
        HeartBeat agreed = version == Version.V1_0 ? HeartBeat.NONE : new HeartBeat(millis, millis).with(asked);
        Principal login = door.enter(session.visitor(), frame::header);
        session.connected(version, agreed, login, name(login, frame.header("login")), secret(frame));
        Frame.Builder connected = Frame.of(Command.CONNECTED)
                .header("version", version.text())
                .header("heart-beat", version == Version.V1_0 ? "0,0" : millis + "," + millis)
                .header("server", "caravan");
        if (session.principal() != null) {
            connected.header("user-name", session.name());
        } else {
            connected.header("sender-id", session.senderId());
        }
        turn.answer(connected.build());
        turn.connect();
    }

    private static String secret(Frame connect) throws StompException {
        String secret = connect.header("sender-secret");
        if (secret != null && secret.length() < SHORTEST_SECRET) {
            throw new StompException("sender-secret is shorter than " + SHORTEST_SECRET + " characters");
        }
        return secret;
    }

    private String name(Principal known, String login) throws StompException, MessageRejected {
        if (known != null) {
            return known.getName();
        }
        if (login == null || login.isBlank()) {
            return null;
        }
        if (login.length() > settings.maxName()) {
            throw new StompException("login is longer than " + settings.maxName() + " characters");
        }
        door.checkName(login.strip());
        return login.strip();
    }

    private void send(FrameContext turn) throws StompException, MessageRejected {
        String destination = Subscriptions.required(turn.frame(), "destination");
        if (destination.startsWith(Destinations.ROOM)) {
            throw new MessageRejected(
                    "Only the server speaks to " + Destinations.ROOM + "…; send to " + Destinations.SAY);
        }
        if (!destination.equals(Destinations.SAY)) {
            throw new MessageRejected("There is no destination " + destination + "; send to " + Destinations.SAY);
        }
        turn.session().spoke();
    }

    private static void receipt(FrameContext turn) {
        String receipt = turn.frame().header("receipt");
        Command command = turn.frame().command();
        if (receipt != null
                && turn.stage() != FrameContext.Stage.COMMITTED // given when it came
                && command != Command.CONNECT
                && command != Command.STOMP) {
            turn.answer(Frame.of(Command.RECEIPT).header("receipt-id", receipt).build());
        }
    }

    /** What the one who sent the frame gets: the body, and properties of the exchange if the connection is closed. */
    public List<ByteBuffer> answers(Exchange exchange) {
        FrameContext turn = turn(exchange);
        if (turn.connects()) {
            exchange.setProperty("websocket.known", true);
        }
        if (turn.closes()) {
            exchange.setProperty("websocket.close", turn.closeCode());
            exchange.setProperty("websocket.closeReason", turn.closeReason());
        }
        return turn.answers();
    }

    /** What others get, and this one in its order among that. */
    public List<?> deliveries(Exchange exchange) {
        return turn(exchange).deliveries();
    }

    /** Whose history is wanted. */
    public List<?> recalls(Exchange exchange) {
        HistoryRequest recall = turn(exchange).recall();
        return recall == null ? List.of() : List.of(recall);
    }

    /**
     * A turn failed. The specifications want an ERROR, and the connection closed; one who subscribed to the destination
     * for refusals is told there, if it was not STOMP that was wrong, and stays.
     */
    public void refuse(Exchange exchange) {
        FrameContext turn = turn(exchange);
        Throwable failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        turn.takeBack(); // the receipt of what could not be said
        boolean protocol = failure instanceof StompException;
        if (!protocol && !(failure instanceof MessageRejected)) {
            // One line: a client can bring this about as often as it likes.
            LOG.warn("A frame was not worked: {}: {}", turn.frame(), String.valueOf(failure));
            LOG.debug("A frame was not worked", failure);
        }
        String reason = protocol || failure instanceof MessageRejected ? failure.getMessage() : "The server failed";
        Subscription refusals = protocol || turn.closes() ? null : refusals(turn);
        if (refusals != null) {
            turn.answer(subscriptions.write(refusals, refused(turn, reason)));
            return;
        }
        turn.answer(error(turn, failure, reason));
        if (!turn.closes()) {
            turn.close(protocol ? PROTOCOL_ERROR : POLICY_VIOLATION, protocol ? "protocol error" : "refused");
        }
    }

    /** The specifications want a SUBSCRIBE that fails to end the connection; nothing else would tell the client. */
    private static Subscription refusals(FrameContext turn) {
        if (turn.frame() == null || turn.frame().command() != Command.SEND) {
            return null;
        }
        return turn.session().subscriptions().stream()
                .filter(subscription -> subscription.destination().equals(Destinations.REFUSED))
                .findFirst()
                .orElse(null);
    }

    private static byte[] refused(FrameContext turn, String reason) {
        return ChatJson.object(json -> {
            json.name("reason").value(reason);
            json.name("destination").value(turn.frame().header("destination"));
            json.name("receipt").value(turn.frame().header("receipt"));
        });
    }

    private static Frame error(FrameContext turn, Throwable failure, String reason) {
        Frame.Builder error = Frame.of(Command.ERROR).header("message", reason).header("content-type", "text/plain");
        String receipt = failure instanceof StompException stomp && stomp.receipt() != null
                ? stomp.receipt()
                : turn.frame() == null ? null : turn.frame().header("receipt");
        if (receipt != null) {
            error.header("receipt-id", receipt);
        }
        if (turn.session().version() == null) {
            error.header("version", VERSIONS);
        }
        return error.body(reason.getBytes(StandardCharsets.UTF_8)).build();
    }

    private static FrameContext turn(Exchange exchange) {
        return exchange.getProperty(ClientFrame.PROPERTY, FrameContext.class);
    }
}
