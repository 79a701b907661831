package dev.caravan.chat;

import com.google.gson.JsonObject;
import dev.caravan.fixture.StompClient;
import dev.caravan.fixture.StompClient.Got;
import java.net.URI;

/** A program that is in a room and speaks there, under whatever names it likes. */
final class Speaker implements AutoCloseable {
    private final StompClient client;
    private final String room;
    private int receipts;

    Speaker(URI http, String login, String room) {
        this.room = room;
        client = StompClient.connect(http, "1.2", "login", login).subscribe("0", "/receive-endpoint/" + room);
    }

    /** Says something, and comes back when the server has it. */
    void say(String sender, String message) {
        JsonObject json = new JsonObject();
        json.addProperty("roomId", room);
        json.addProperty("sender", sender);
        json.addProperty("message", message);
        String receipt = "receipt-" + receipts++;
        client.send("SEND", json.toString(), "destination", "/send-endpoint/ws/chat", "receipt", receipt);
        Got got = client.frame();
        while (!got.command().equals("RECEIPT")) { // messages of the room come, too
            got = client.frame();
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
