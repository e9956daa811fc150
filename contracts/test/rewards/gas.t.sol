// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gas} from "../Gas.sol";
import {RewardsBase} from "./RewardsBase.sol";
import {Voucher} from "../../src/IRewards.sol";
import {Sig} from "../../src/Signed.sol";

/// @notice What payouts cost.
/// forge-config: default.isolate = true
contract RewardsGasTest is RewardsBase, Gas {
    uint256 private constant BATCH = 20;

    function setUp() public override {
        super.setUp();
        fund(1000e18);
    }

    function payBatch(uint256 cumulative) private {
        address[] memory accounts = new address[](BATCH);
        uint256[] memory amounts = new uint256[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            (accounts[i], amounts[i]) = (address(uint160(0x10000 + i)), cumulative);
        }
        vm.prank(operator);
        rewards.payoutMany(accounts, amounts);
    }

    function test_PayoutMany_Again() public {
        payBatch(1e18);
        payBatch(2e18);
        note("Rewards", "payoutMany, each of 20, paid before", BATCH, 30_000);
    }

    /// @dev An account's first payout writes two fresh slots, what it was paid and its balance: 44,200 gas that nothing
    /// can save. So the goal of 30,000 is for the payouts after it.
    function test_PayoutMany_First() public {
        payBatch(1e18);
        note("Rewards", "payoutMany, each of 20, the first to an account without PRIV", BATCH, 54_000);
    }

    function test_Redeem() public {
        (Voucher memory v, Sig memory sig) = voucher(alice, 1e18, OPERATOR_KEY);
        rewards.redeem(v, sig);
        note("Rewards", "redeem, the first to an account without PRIV");
        (v, sig) = voucher(alice, 2e18, OPERATOR_KEY);
        rewards.redeem(v, sig);
        note("Rewards", "redeem, paid before");
    }

    function test_FundAndWithdraw() public {
        fund(1e18);
        note("Rewards", "fund");
        announce(1e18);
        note("Rewards", "announceWithdrawal");
        vm.warp(block.timestamp + 7 days);
        vm.prank(operator);
        rewards.withdrawFunds();
        note("Rewards", "withdrawFunds");
    }
}
