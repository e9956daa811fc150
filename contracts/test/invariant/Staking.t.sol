// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base, Selectors} from "../Base.sol";
import {StakingHandler} from "./StakingHandler.sol";

contract StakingInvariantTest is Base {
    StakingHandler private handler;

    function setUp() public {
        handler = new StakingHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (Selectors[] memory targets) {
        bytes4[] memory calls = new bytes4[](5);
        calls[0] = StakingHandler.stake.selector;
        calls[1] = StakingHandler.requestUnstake.selector;
        calls[2] = StakingHandler.withdraw.selector;
        calls[3] = StakingHandler.donate.selector;
        calls[4] = StakingHandler.pass.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), calls);
    }

    function invariant_Staking() public {
        check();
    }

    function check() private {
        handler.check_S1_Solvent();
        handler.check_S2_Conserved();
        handler.check_S3_Cooldown();
        handler.check_S4_Exits();
    }

    function test_EverythingIsReached() public {
        for (uint256 i; i < 400; ++i) {
            uint256 a = uint256(keccak256(abi.encode(i)));
            (uint256 b, uint256 c) = (a >> 32, a >> 64);
            uint256 call = i % 5;
            if (call == 0) handler.stake(a, i % 25 == 0 ? 0 : b, uint8(c));
            else if (call == 1) handler.requestUnstake(a, i % 25 == 1 ? 0 : b, uint8(c));
            else if (call == 2) handler.withdraw(a);
            else if (call == 3) handler.donate(a);
            else handler.pass(a);
            check();
        }
        string[10] memory outcomes = [
            "stake",
            "stake refused",
            "flawed stake refused",
            "unstake",
            "unstake refused",
            "forgery refused",
            "nonce refused",
            "withdraw",
            "nothing to withdraw",
            "too early"
        ];
        for (uint256 i; i < outcomes.length; ++i) {
            vm.assertGe(handler.reached(outcomes[i]), 1, outcomes[i]);
        }
    }
}
