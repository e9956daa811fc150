// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RewardsBase} from "./RewardsBase.sol";

/// @notice What payouts cost as transactions of their own, intrinsic gas included.
/// forge-config: default.isolate = true
contract RewardsGasTest is RewardsBase {
    uint256 private constant BATCH = 20;

    function batch(uint256 cumulative) private pure returns (address[] memory accounts, uint256[] memory amounts) {
        accounts = new address[](BATCH);
        amounts = new uint256[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            (accounts[i], amounts[i]) = (address(uint160(0x10000 + i)), cumulative);
        }
    }

    function payBatch(uint256 cumulative) private returns (uint256 each) {
        (address[] memory accounts, uint256[] memory amounts) = batch(cumulative);
        vm.prank(operator);
        rewards.payoutMany(accounts, amounts);
        return vm.lastCallGas().gasTotalUsed / BATCH;
    }

    function test_PayoutMany_Again() public {
        fund(1000e18);
        payBatch(1e18);
        vm.assertLe(payBatch(2e18), 30_000, "payout, each of 20");
    }

    /// @dev An account's first payout writes two fresh slots, 44,200 gas that nothing can save.
    function test_PayoutMany_First() public {
        fund(1000e18);
        vm.assertLe(payBatch(1e18), 56_000, "first payout, each of 20");
    }
}
