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

/** Tells whoever asks who that is. With the answer comes the cookie that pages need to change anything. */
@RestController
class MeController {
    /**
     * Who asks.
     *
     * @param name null for somebody who has not logged in
     * @param roles all that one may act as, the ones below included
     * @param guest whether somebody who has not logged in may do so as {@code guest}, with the password that everybody knows
     */
    record Me(String name, List<String> roles, boolean guest) {}

    private final Users users;

    MeController(Users users) {
        this.users = users;
    }

    @GetMapping("/me")
    ResponseEntity<Me> me(
            HttpServletRequest request, Authentication login, @RequestAttribute("_csrf") CsrfToken token) {
        token.getToken(); // asked for, it is sent
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
