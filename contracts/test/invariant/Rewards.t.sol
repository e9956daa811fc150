// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base, Selectors} from "../Base.sol";
import {RewardsHandler} from "./RewardsHandler.sol";

contract RewardsInvariantTest is Base {
    RewardsHandler private handler;

    function setUp() public {
        handler = new RewardsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (Selectors[] memory targets) {
        bytes4[] memory calls = new bytes4[](7);
        calls[0] = RewardsHandler.fund.selector;
        calls[1] = RewardsHandler.payoutMany.selector;
        calls[2] = RewardsHandler.redeem.selector;
        calls[3] = RewardsHandler.announce.selector;
        calls[4] = RewardsHandler.withdrawFunds.selector;
        calls[5] = RewardsHandler.donate.selector;
        calls[6] = RewardsHandler.pass.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), calls);
    }

    function invariant_Rewards() public {
        check();
    }

    function check() private {
        handler.check_R1_Solvent();
        handler.check_R2_Paid();
        handler.check_R3_OwnFundsOnly();
        handler.check_R4_Vouchers();
    }

    function test_EverythingIsReached() public {
        for (uint256 i; i < 600; ++i) {
            uint256 a = uint256(keccak256(abi.encode(i)));
            (uint256 b, uint256 c, uint256 d) = (a >> 32, a >> 64, a >> 96);
            uint256 call = i % 9;
            if (call == 0) handler.fund(a, i % 27 == 0 ? 0 : b);
            else if (call == 1) handler.payoutMany(a, b, c, d);
            else if (call < 4) handler.redeem(a, b, c, d % 4 == 0);
            else if (call < 6) handler.announce(a, b % 8 == 0 ? 0 : b);
            else if (call == 6) handler.withdrawFunds(a, b % 8 == 0);
            else if (call == 7) handler.donate(a);
            else handler.pass(a);
            check();
        }
        string[16] memory outcomes = [
            "fund",
            "fund refused",
            "payout",
            "payout of nothing",
            "payout refused",
            "redeem",
            "voucher of nothing",
            "forgery refused",
            "redeem refused",
            "announce",
            "cancel",
            "announcement refused",
            "withdraw",
            "stranger refused",
            "nothing announced",
            "too early"
        ];
        for (uint256 i; i < outcomes.length; ++i) {
            vm.assertGe(handler.reached(outcomes[i]), 1, outcomes[i]);
        }
    }
}
