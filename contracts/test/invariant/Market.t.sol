// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base, Selectors} from "../Base.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice All invariants are checked after every call of one campaign: forge would make the same calls again for each.
contract MarketInvariantTest is Base {
    MarketHandler private handler;

    function setUp() public {
        handler = new MarketHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev The calls alone: not the checks, and not setUp again.
    function targetSelectors() public view returns (Selectors[] memory targets) {
        bytes4[] memory calls = new bytes4[](17);
        calls[0] = MarketHandler.purchase.selector;
        calls[1] = MarketHandler.purchase.selector; // oftener: everything else needs one
        calls[2] = MarketHandler.purchase.selector;
        calls[3] = MarketHandler.purchase.selector;
        calls[4] = MarketHandler.purchaseDirect.selector;
        calls[5] = MarketHandler.purchaseAgain.selector;
        calls[6] = MarketHandler.settle.selector;
        calls[7] = MarketHandler.reveal.selector;
        calls[8] = MarketHandler.reveal.selector;
        calls[9] = MarketHandler.dispute.selector;
        calls[10] = MarketHandler.refund.selector;
        calls[11] = MarketHandler.finalize.selector;
        calls[12] = MarketHandler.withdraw.selector;
        calls[13] = MarketHandler.retire.selector;
        calls[14] = MarketHandler.setTreasury.selector;
        calls[15] = MarketHandler.donate.selector;
        calls[16] = MarketHandler.pass.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), calls);
    }

    function invariant_Market() public {
        check();
    }

    function check() private {
        handler.check_I1_Solvent();
        handler.check_I2_Statuses();
        handler.check_I3_Conserved();
        handler.check_I4_Access();
        handler.check_I5_Exits();
        handler.check_I6_Disputes();
        handler.check_I7_Batches();
        handler.check_I8_Untouched();
        handler.check_I9_NobodyElseGains();
    }

    /// @dev The same handler with the same calls, drawn from a fixed seed: every outcome is reached, so that the
    /// invariants are not true for want of anything happening.
    function test_EverythingIsReached() public {
        for (uint256 i; i < 600; ++i) {
            uint256 a = uint256(keccak256(abi.encode(i)));
            (uint256 b, uint256 c, uint256 d) = (a >> 32, a >> 64, a >> 96);
            uint256 e = a >> 128;
            uint256 call = i % 13;
            if (call < 3) handler.purchase(a, b, c, d, e % 2 == 0, uint8(e >> 8));
            else if (call == 3) handler.purchaseDirect(a, b, c, e % 2 == 0, uint8(e >> 8));
            else if (call == 4) handler.purchaseAgain(a, b);
            else if (call == 5) handler.settle(a, b, c, d);
            else if (call == 6) handler.reveal(a, b % 8 == 0, c);
            else if (call == 7) handler.dispute(a, b);
            else if (call == 8) handler.refund(a, b % 2 == 0, c);
            else if (call == 9) handler.finalize(a, b % 2 == 0, c);
            else if (call == 10) handler.withdraw(a, b, c);
            else if (call == 11) handler.pass(a);
            else if (i % 2 == 0) handler.retire(a, b, c, d % 4 == 0, e);
            else handler.setTreasury(a, b);
            if (i % 50 == 0) check();
        }
        check();
        string[26] memory outcomes = [
            "purchase",
            "purchase refused",
            "flawed purchase refused",
            "purchaseDirect",
            "purchaseDirect refused",
            "allowance kept",
            "settle",
            "settle, some skipped",
            "settle refused",
            "reveal",
            "reveal refused",
            "guess refused",
            "dispute",
            "dispute, revealed",
            "dispute refused",
            "refund",
            "refund refused",
            "finalize",
            "finalize refused",
            "withdraw",
            "withdraw refused",
            "retire",
            "retire refused",
            "forged retirement refused",
            "setTreasury",
            "setTreasury refused"
        ];
        for (uint256 i; i < outcomes.length; ++i) {
            vm.assertGe(handler.reached(outcomes[i]), 1, outcomes[i]);
        }
    }
}
