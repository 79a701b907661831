package dev.caravan.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;

/** Tells clients who they are logged in as. The response sets the cookie that pages need for changes. */
@RestController
class MeController {
    /**
     * The user of a request.
     *
     * @param name null for an anonymous client
     * @param roles all roles of the user, including implied ones
     * @param guest whether an anonymous client may log in as {@code guest} with the default password
     */
    record Me(String name, List<String> roles, boolean guest) {}

    private final Users users;

    MeController(Users users) {
        this.users = users;
    }

    @GetMapping("/me")
    ResponseEntity<Me> me(
            HttpServletRequest request, Authentication login, @RequestAttribute("_csrf") CsrfToken token) {
        token.getToken(); // resolving the token sends the cookie
        List<String> roles = Arrays.stream(Role.values())
                .filter(role -> role.isOf(login))
                .map(Role::text)
                .toList();
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .body(new Me(login == null ? null : login.getName(), roles, login == null && mayBeGuest(request)));
    }

    private boolean mayBeGuest(HttpServletRequest request) {
        return users.hasGuest() && users.mayComeFrom(Users.GUEST, ClientAddresses.of(request));
    }
}
